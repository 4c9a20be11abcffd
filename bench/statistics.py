"""Means and intervals of per-image values. Images of one group (sequence, scene) are resampled together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MetricSummary", "summarise"]

RESAMPLES = 10_000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric over the images of a cell."""

    mean: float | None
    """Plain mean of the per-image values; infinite if one of them is; `None` if there is none."""

    low: float | None
    """Lower end of the bootstrap interval of the mean; `None` for fewer than two groups or infinite values."""

    high: float | None
    n: int
    """Images with a value."""

    groups: int
    """Independent groups among them: the effective sample size for the interval."""

    infinite: int = 0
    """Images with an infinite value."""

    level: float = LEVEL


def summarise(values: Sequence[float], groups: Sequence[str], *, seed: int = 0) -> MetricSummary:
    """Mean and percentile-bootstrap interval of per-image values, resampling whole groups.

    Args:
        values: one number per image, possibly infinite.
        groups: which images belong together; `""` is a group of its own.
        seed: of the resampling; the same input gives the same interval.

    References:
        Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 13.
    """
    if not values:
        return MetricSummary(None, None, None, 0, 0)
    array = np.asarray(values, dtype=np.float64)
    infinite = int(np.isinf(array).sum())
    sums, counts = _group_sums(array, groups)
    if infinite or len(sums) < 2:  # noqa: PLR2004 -- one group has no spread
        mean = float(array.mean()) if not infinite else math.inf
        return MetricSummary(mean, None, None, len(array), len(sums), infinite)
    draws = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES)
    means = (draws @ sums) / (draws @ counts)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return MetricSummary(float(array.mean()), float(low), float(high), len(array), len(sums))


def _group_sums(values: NDArray[np.float64], groups: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum and size of each group."""
    names = [group or f"\0{index}" for index, group in enumerate(groups)]
    _, inverse = np.unique(names, return_inverse=True)
    return np.bincount(inverse, weights=values).astype(np.float64), np.bincount(inverse).astype(np.float64)
