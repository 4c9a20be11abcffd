from __future__ import annotations

import math

import numpy as np
import pytest
from restorebench.bench.explanation.averages import PLAIN, Average, Images, averages_for

VALUES = np.array([30.0, 20.0, 40.0, 10.0])
IMAGES = Images(("a", "a", "a", "b"), (100, 100, 300, 100), failed=1)


def test_each_average_by_hand():
    assert PLAIN.mean(VALUES, IMAGES) == 25.0
    assert Average("", first=2).mean(VALUES, IMAGES) == 25.0
    assert Average("", by_group=True).mean(VALUES, IMAGES) == 20.0
    assert Average("", failed_as_zero=True).mean(VALUES, IMAGES) == 20.0
    assert Average("", finite_only=True).mean(np.array([30.0, math.inf]), IMAGES) == 30.0
    assert Average("", pooled=True).pooled_error(np.array([6.0, 0.0, 2.0, 0.0]), IMAGES) == pytest.approx(2.0)


def test_images_without_a_group_are_groups_of_their_own():
    images = Images(("", "", "a", "a"), (1, 1, 1, 1))
    assert Average("", by_group=True).mean(VALUES, images) == 25.0
    assert Average("", by_group=True).mean(np.array([30.0, 30.0, 0.0, 60.0]), images) == 30.0


def test_only_averages_that_can_differ_are_offered():
    def offered(images: Images, *, infinite: bool = False) -> set[str]:
        return {average.words for average in averages_for(images, infinite=infinite)}

    one = Images(("",), (10,))
    assert offered(one) == {""}
    assert offered(Images(("",) * 12, (10,) * 12)) == {"", "PSNR of the MSE over all pixels", "first 10 images only"}
    assert "mean of the means of groups" in offered(IMAGES)
    assert "failed images counted as 0" in offered(IMAGES)
    assert "identical images left out" in offered(one, infinite=True)
