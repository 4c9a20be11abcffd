"""Confidence intervals for means of per-image values, with groups of images as independent units.

Frames of one sequence are not independent, so whole groups are resampled. Few images with skewed values make every
published interval too short on one side, each elsewhere, so an interval reaches as far as the farthest of three:

- BCa (Efron 1987; Efron and Tibshirani 1993, chapter 14), with distances from the mean widened by
  `t(p, df) / z(p) * sqrt(m / (m - 1))`, because a bootstrap distribution is too narrow for few groups
  (Hesterberg 2015, section 4.2);
- Student's t, with the linearised standard error of a ratio of group totals;
- Hall's transformation of Student's t, which corrects it for skewness (Hall 1992, and Zhou and Gao 2000, who compare).

All three know the skewness from the same few values, so the distances are then widened by `1 + 3 / m`. Here m is the
effective number of groups, `(sum of sizes)^2 / sum of sizes^2`, and df is m - 1. What that buys and what it does not is
in docs/explanation/statistics.md, as `tests/performance/calibration.py` found it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import NormalDist
from typing import cast

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FEWEST_DECIDING",
    "INTERVALS",
    "LEVEL",
    "RESAMPLES",
    "ROUNDING",
    "UNBOUNDED",
    "Interval",
    "MeanEstimate",
    "estimate_means",
    "few_groups_factor",
    "student_quantile",
]

INTERVALS = "bca, student, hall"
"""Name of these statistics in a summary; another one must be computed again before it stands beside these."""

RESAMPLES = 10_000
LEVEL = 0.95
BLOCK_ELEMENTS = 4_000_000
"""Resample counts held in memory at a time; 32 MB of float64."""

REMEMBERED_ELEMENTS = 16_000_000
"""Resample counts up to which they are kept for the next call; 16 MB, as a count hardly ever needs two bytes."""

FEWEST_GROUPS = 1.5
"""Effective groups below which there is no interval: Student's t is useless with so few degrees of freedom."""

FEWEST_DECIDING = 5.0
"""Effective groups from which an interval may decide a gate: so few values do not show how skewed they are."""

CAUTION = 3.0
"""Distances from the mean grow by this over the effective groups; found by simulation."""

NO_SKEWNESS = 1e-6
"""Skewness of a mean below which its correction is lost in rounding."""

ROUNDING = 1e-12
"""Relative spread up to which values count as equal apart from rounding."""

FloatArray = NDArray[np.float64]
Counts = NDArray[np.unsignedinteger]
Interval = tuple[float, float]

UNBOUNDED: Interval = (-math.inf, math.inf)
"""The range of values without a smallest or a largest one."""


@dataclass(frozen=True, slots=True)
class MeanEstimate:
    """The mean of per-image values with its error estimates."""

    mean: float
    """Unweighted mean over the images."""

    standard_error: float
    """Standard error of the mean, with groups as independent units; 0 for one group."""

    n: int
    """Number of images."""

    groups: int
    """Number of independent groups among them."""

    effective_groups: float
    """Number of equally large groups with the same weight; at most `groups`."""

    bias: float = 0.0
    """BCa's z0: distance of the resampled means' median from the mean, in standard normal quantiles."""

    acceleration: float = 0.0
    """BCa's a: rate of change of the standard error with the mean, from the jackknife over groups.

    A sixth of the skewness of the mean.
    """

    within: Interval = UNBOUNDED
    """Smallest and largest possible value of an image, and so of the mean; no interval leaves them."""

    resampled: FloatArray = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    """Resampled means, sorted."""

    @property
    def has_interval(self) -> bool:
        """Whether there are enough groups for an interval."""
        return self.effective_groups >= FEWEST_GROUPS

    def bca(self, level: float = LEVEL) -> Interval:
        """The BCa interval as published, which is too narrow for few groups.

        Args:
            level: nominal coverage, in (0, 1).
        """
        if not self.resampled.size:
            return self.mean, self.mean
        tail = (1 - level) / 2
        return self._resampled_at(self._bca_rank(tail)), self._resampled_at(self._bca_rank(1 - tail))

    def interval(self, level: float = LEVEL) -> Interval | None:
        """The confidence interval described at the top of this module, within the possible values.

        `None` for too few groups.

        Args:
            level: nominal coverage, in (0, 1).
        """
        if not self.has_interval:
            return None
        tail = (1 + level) / 2
        quantile = student_quantile(tail, self.effective_groups - 1)
        small = math.sqrt(self.effective_groups / (self.effective_groups - 1))
        widening = quantile * small / NormalDist().inv_cdf(tail)
        # The standard error contains sqrt(G / (G - 1)); unequal groups need the factor of their effective number.
        error = self.standard_error * small / math.sqrt(self.groups / (self.groups - 1))
        low, high = self.bca(level)
        below = max((self.mean - low) * widening, error * max(quantile, self._hall(quantile)))
        above = max((high - self.mean) * widening, error * max(quantile, -self._hall(-quantile)))
        factor = few_groups_factor(self.effective_groups)
        return self._possible(self.mean - below * factor, self.mean + above * factor)

    def _hall(self, quantile: float) -> float:
        """The quantile of Student's t for skewed values, by the inverse of Hall's cubic transformation."""
        skewness = 6 * self.acceleration
        if abs(skewness) < NO_SKEWNESS:
            return quantile
        return 3 / skewness * (float(np.cbrt(1 + skewness * (quantile - skewness / 6))) - 1)

    def _possible(self, low: float, high: float) -> Interval:
        """Cut an interval to the possible values; a mean that rounding carried beyond them stays inside."""
        lowest, highest = self.within
        return max(low, min(lowest, self.mean)), min(high, max(highest, self.mean))

    def _resampled_at(self, rank: float) -> float:
        """The quantile as by `numpy.quantile`, which does not know that the values are sorted and takes longer."""
        position = rank * (len(self.resampled) - 1)
        below = min(math.floor(position), len(self.resampled) - 2)
        low, high = float(self.resampled[below]), float(self.resampled[below + 1])
        share = position - below
        return high - (high - low) * (1 - share) if share >= 0.5 else low + (high - low) * share  # noqa: PLR2004 -- half

    def _bca_rank(self, probability: float) -> float:
        normal = NormalDist()
        shifted = self.bias + normal.inv_cdf(probability)
        return normal.cdf(self.bias + shifted / (1 - self.acceleration * shifted))


def few_groups_factor(effective_groups: float) -> float:
    """By how much the distances of an interval's ends from the mean are widened for few groups.

    >>> few_groups_factor(10.0)
    1.3
    """
    return 1 + CAUTION / effective_groups


def estimate_means(
    values: FloatArray,
    groups: Sequence[str],
    *,
    within: Sequence[Interval] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[MeanEstimate]:
    """Estimate the mean of each column by resampling whole groups; all columns share the resamples.

    Args:
        values: finite, shape (images, columns).
        groups: one name per image; `""` is a group of its own.
        within: smallest and largest possible value of each column, infinite where there is none; empty for no limits.
        resamples: number of resamples; 10,000 keep the Monte Carlo error of a 95 % limit below 2 % of the interval's
            width.
        seed: seed of the resampling; the same input gives the same estimate.

    Returns:
        One estimate per column.
    """
    names = [group or f"\0{index}" for index, group in enumerate(groups)]
    _, inverse = np.unique(names, return_inverse=True)
    sizes = np.bincount(inverse).astype(np.float64)
    sums = np.zeros((len(sizes), values.shape[1]))
    np.add.at(sums, inverse, values)
    means = values.mean(axis=0)
    limits = list(within) or [UNBOUNDED] * len(means)
    if len(sizes) == 1:
        return [
            MeanEstimate(float(mean), 0.0, len(values), 1, 1.0, within=limit)
            for mean, limit in zip(means, limits, strict=True)
        ]
    # With centred sums, the resampled means of equal values are exactly their mean.
    centred = sums - sizes[:, None] * means
    centred[:, np.ptp(values, axis=0) == 0] = 0.0
    draws = np.sort(_resampled_means(centred, sizes, resamples, seed), axis=1)
    return [
        _estimate(float(means[column]), centred[:, column], sizes, draws[column], limit)
        for column, limit in zip(range(len(means)), limits, strict=True)
    ]


def _resampled_means(sums: FloatArray, sizes: FloatArray, resamples: int, seed: int) -> FloatArray:
    """Ratios of resampled totals, shape (columns, resamples): each column in one piece, so that it sorts fast."""
    totals = np.vstack([sums.T, sizes])
    parts: list[FloatArray] = []
    for counts in _resample_counts(len(sizes), resamples, seed):
        resampled = totals @ counts.T.astype(np.float64)
        parts.append(resampled[:-1] / resampled[-1])
    return np.concatenate(parts, axis=1)


def _resample_counts(groups: int, resamples: int, seed: int) -> Iterable[Counts]:
    """How often each group is drawn, shape (resamples, groups), in blocks that fit into memory.

    Draws that fit into one block are remembered: a page with fifty models asks for the same ones again and again.
    """
    if resamples * groups <= REMEMBERED_ELEMENTS:
        return _remembered_counts(groups, resamples, seed)
    return _draw_counts(groups, resamples, seed)


@lru_cache(maxsize=2)
def _remembered_counts(groups: int, resamples: int, seed: int) -> tuple[Counts, ...]:
    return tuple(_draw_counts(groups, resamples, seed))


def _draw_counts(groups: int, resamples: int, seed: int) -> Iterator[Counts]:
    generator = np.random.default_rng(seed)
    block = max(1, BLOCK_ELEMENTS // groups)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = generator.integers(0, groups, (rows, groups))
        drawn += np.arange(rows)[:, None] * groups
        counts = np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups)
        yield counts.astype(np.min_scalar_type(counts.max()))


def _estimate(mean: float, centred: FloatArray, sizes: FloatArray, draws: FloatArray, within: Interval) -> MeanEstimate:
    """Estimate one column from `centred`, group totals of the values minus their mean, and the sorted `draws`."""
    groups, total = len(sizes), float(sizes.sum())
    error = math.sqrt(float(centred @ centred) * groups / (groups - 1)) / total
    effective = total**2 / float(sizes @ sizes)
    # A spread due to rounding errors counts as zero.
    if error <= ROUNDING * max(abs(mean), float(np.abs(centred).max())):
        return MeanEstimate(mean, 0.0, int(total), groups, effective, within=within)
    below = (np.searchsorted(draws, 0.0, "left") + np.searchsorted(draws, 0.0, "right")) / 2
    share = min(max(float(below) / len(draws), 1 / len(draws)), 1 - 1 / len(draws))
    left_out = -centred / (total - sizes)
    influence = left_out.mean() - left_out
    acceleration = float((influence**3).sum() / (6 * (influence**2).sum() ** 1.5))
    return MeanEstimate(
        mean=mean,
        standard_error=error,
        n=int(total),
        groups=groups,
        effective_groups=effective,
        bias=NormalDist().inv_cdf(share),
        acceleration=acceleration,
        within=within,
        resampled=draws + mean,
    )


def student_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's t for any positive degrees of freedom.

    >>> round(student_quantile(0.975, 10), 3)
    2.228
    """
    from scipy.special import stdtrit

    return float(cast("float", stdtrit(freedom, probability)))
