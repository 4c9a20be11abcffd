"""Correlation against NumPy's, and its interval against Fisher's transformation."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.optional import known
from restorebench.bench.statistics.correlation import correlate

RNG = np.random.default_rng


def test_coefficients_are_numpys() -> None:
    x, y = RNG(0).standard_normal(50), RNG(1).standard_normal((3, 50)) + 100
    coefficients, _ = correlate(x, y, [""] * 50)
    assert coefficients == pytest.approx([np.corrcoef(x, row)[0, 1] for row in y])


def test_the_interval_is_about_fishers() -> None:
    x = RNG(2).standard_normal(400)
    y = 0.6 * x + 0.8 * RNG(3).standard_normal(400)
    (r,), interval = correlate(x, y[None], [""] * 400)
    ends = np.tanh(np.arctanh(r) + np.array([-1.96, 1.96]) / np.sqrt(397))
    assert known(interval) == pytest.approx(tuple(ends), abs=0.02)


def test_images_of_a_group_count_as_one() -> None:
    """Forty copies of ten images know no more than the ten."""
    x, y = RNG(4).standard_normal(10), RNG(5).standard_normal((1, 10))
    names = [str(index) for index in range(10)]
    alone = correlate(x, y, names)
    copied = correlate(np.tile(x, 4), np.tile(y, 4), names * 4)
    assert copied[0] == pytest.approx(alone[0])
    assert known(copied[1]) == pytest.approx(known(alone[1]))


def test_nothing_is_said_of_constants_and_few_groups() -> None:
    x = RNG(6).standard_normal(30)
    coefficients, interval = correlate(x, np.ones((1, 30)), [""] * 30)
    assert np.isnan(coefficients).all()
    assert interval is None
    assert correlate(x[:4], x[None, :4], [""] * 4)[1] is None
