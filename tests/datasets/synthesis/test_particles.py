"""Streaks of single particles: their area, centre, length and width."""

from __future__ import annotations

import numpy as np
import pytest
from restorebench.datasets.synthesis.particles import Particles, draw_streaks


def one_particle(width: float, along: tuple[float, float], area: float) -> Particles:
    x, y, along_x, along_y, widths, areas = (np.array([value]) for value in (40.0, 50.0, *along, width, area))
    return Particles(x, y, along_x, along_y, widths, areas)


@pytest.mark.parametrize("width", [0.3, 1.5, 6.0])
@pytest.mark.parametrize("along", [(0.0, 30.0), (8.0, 20.0), (0.0, 0.4)])
def test_a_streak_holds_the_area_of_its_particle(width: float, along: tuple[float, float]) -> None:
    streak = draw_streaks(one_particle(width, along, area=2.5), (100, 80))
    assert streak.sum() == pytest.approx(2.5)
    rows, columns = np.indices(streak.shape)
    assert (streak * columns).sum() / 2.5 == pytest.approx(40)
    assert (streak * rows).sum() / 2.5 == pytest.approx(50)


def test_a_streak_is_as_long_and_as_wide_as_it_says() -> None:
    streak = draw_streaks(one_particle(6.0, (0.0, 40.0), area=10.0), (100, 80))
    rows, columns = np.nonzero(streak)
    assert rows.max() - rows.min() == pytest.approx(40, abs=2)
    assert columns.max() - columns.min() == pytest.approx(6, abs=2)
    middle = streak[50]
    # The chord of a disc: sqrt(1 - u^2) has the variance (width / 4)^2.
    variance = (middle * (np.arange(80) - 40.0) ** 2).sum() / middle.sum()
    assert np.sqrt(variance) == pytest.approx(6 / 4, rel=0.1)
