from __future__ import annotations

import numpy as np
from restorebench.reports.figures.crops import most_different_crop


def test_the_crop_covers_the_difference() -> None:
    one = np.full((240, 320, 3), 90, np.uint8)
    other = one.copy()
    other[150:170, 200:230] = 200
    left, top, width, height = most_different_crop([one, other])
    assert (width, height) == (80, 60)
    assert left <= 200
    assert left + width >= 230
    assert top <= 150
    assert top + height >= 170


def test_a_small_image_is_its_own_crop() -> None:
    one = np.zeros((20, 30, 3), np.uint8)
    assert most_different_crop([one, one]) == (0, 0, 26, 20)


def test_equal_pictures_have_a_crop_too() -> None:
    one = np.zeros((300, 100, 3), np.uint8)
    assert most_different_crop([one, one]) == (0, 0, 100, 75)
