"""Correlation of what is known of images with what trainings find in them, with an interval over groups of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .bootstrap import FEWEST_DECIDING, LEVEL, RESAMPLES, Interval

__all__ = ["correlate"]

FloatArray = NDArray[np.float64]


def correlate(
    known: FloatArray,
    found: FloatArray,
    groups: Sequence[str],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[FloatArray, Interval | None]:
    """Pearson's coefficient for each training, and the interval of their mean by resampling groups of images.

    The interval is the percentile bootstrap's.

    Args:
        known: (images,).
        found: (trainings, images).
        groups: one name per image; `""` is a group of its own.
        level: nominal coverage, in (0, 1).
        resamples: number of resamples.
        seed: of the resampling.

    Returns:
        The coefficients, NaN where values are all equal, and the interval; `None` for fewer than five groups, or if a
        coefficient is not defined.
    """
    names = [group or f"\0{index}" for index, group in enumerate(groups)]
    _, inverse = np.unique(names, return_inverse=True)
    x, y = known - known.mean(), found - found.mean(axis=1, keepdims=True)
    moments = np.stack([np.broadcast_to(each, y.shape) for each in (np.ones_like(x), x, y, x * x, y * y, x * y)])
    count = int(inverse.max()) + 1
    sums = moments @ (inverse[:, None] == np.arange(count)).astype(np.float64)
    whole = _coefficients(moments.sum(axis=2))
    if count < FEWEST_DECIDING or not np.isfinite(whole).all():
        return whole, None
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), resamples)
    with np.errstate(invalid="ignore"):
        means = _coefficients(sums @ drawn.T.astype(np.float64)).mean(axis=0)
    tail = (1 - level) / 2
    low, high = np.nanquantile(means, [tail, 1 - tail])
    return whole, (float(low), float(high))


def _coefficients(moments: FloatArray) -> FloatArray:
    """From the sums of 1, x, y, x², y² and xy."""
    n, x, y, xx, yy, xy = moments
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (n * xy - x * y) / np.sqrt((n * xx - x * x) * (n * yy - y * y))
    return np.where(np.isfinite(found), np.clip(found, -1, 1), np.nan)
