"""Intervals over images and trainings, against simulation: how often they hold the true mean."""

from __future__ import annotations

import numpy as np
import pytest
from restorebench.bench.statistics.bootstrap import estimate_means
from restorebench.bench.statistics.seeds import interval_over_seeds

RNG = np.random.default_rng


def drawn(seed: int, *, images: float, trainings: float, both: float) -> np.ndarray:
    """Values of three trainings on 30 images with mean 0, and the standard deviations of what they are made of."""
    rng = RNG(seed)
    parts = (
        images * rng.standard_normal(30),
        trainings * rng.standard_normal((3, 1)),
        both * rng.standard_normal((3, 30)),
    )
    return parts[0] + parts[1] + parts[2]


@pytest.mark.parametrize(
    ("images", "trainings", "both"), [(1.0, 0.5, 0.2), (1.0, 0.05, 0.2), (0.2, 0.0, 1.0), (0.1, 1.0, 0.1)]
)
def test_it_holds_the_true_mean_as_often_as_it_says(images: float, trainings: float, both: float) -> None:
    runs, held = 120, 0
    for seed in range(runs):
        low, high = interval_over_seeds(drawn(seed, images=images, trainings=trainings, both=both), [""] * 30) or (9, 9)
        held += low <= 0 <= high
    assert held >= 0.9 * runs  # 95 % of 120, less two and a half standard errors


def test_an_interval_over_images_alone_misses_what_trainings_do() -> None:
    """The reason for this module: the case in which the other interval is wrong."""
    held = 0
    for seed in range(60):
        values = drawn(seed, images=0.1, trainings=1.0, both=0.1)
        (estimate,) = estimate_means(values.mean(axis=0)[:, None], [""] * 30, resamples=500)
        low, high = estimate.interval() or (9, 9)
        held += low <= 0 <= high
    assert held < 15


def test_it_is_nowhere_inside_the_interval_over_images() -> None:
    for seed in range(10):
        values = drawn(seed, images=1.0, trainings=0.1, both=0.5)
        (estimate,) = estimate_means(values.mean(axis=0)[:, None], [""] * 30)
        narrow, wide = estimate.interval(), interval_over_seeds(values, [""] * 30)
        assert narrow is not None
        assert wide is not None
        assert wide[0] <= narrow[0]
        assert narrow[1] <= wide[1]


def test_trainings_that_agree_leave_the_interval_over_images() -> None:
    values = np.repeat(RNG(0).standard_normal((1, 40)), 3, axis=0)
    (estimate,) = estimate_means(values.mean(axis=0)[:, None], [""] * 40)
    assert interval_over_seeds(values, [""] * 40) == pytest.approx(estimate.interval())


def test_by_hand() -> None:
    """Images that agree: the standard error is that between trainings, and t has two degrees of freedom."""
    values = np.repeat([[1.0], [2.0], [4.0]], 20, axis=1)
    low, high = interval_over_seeds(values, [""] * 20) or (0.0, 0.0)
    reach = 4.302653 * np.std([1, 2, 4], ddof=1) / np.sqrt(3)
    assert (low, high) == pytest.approx((7 / 3 - reach, 7 / 3 + reach))
    assert interval_over_seeds(values, [""] * 20, within=(0.0, 3.0)) == pytest.approx((0.0, 3.0))


def test_one_training_or_one_group_decides_nothing() -> None:
    assert interval_over_seeds(RNG(0).standard_normal((1, 20)), [""] * 20) is None
    assert interval_over_seeds(RNG(0).standard_normal((3, 20)), ["a"] * 20) is None
