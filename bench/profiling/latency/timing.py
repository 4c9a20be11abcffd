"""Statistics of a series of timed calls, and whether it can be trusted: pure functions over seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Rules", "Timing", "doubts", "median_error", "outliers", "quantile"]

OUTER_FENCE = 3.0
"""An outlier lies further from the quartiles than so many times their distance (Tukey's outer fence)."""

DRIFT = 0.05
"""Relative difference of the medians of the first and the last third that counts as drift."""

SPREAD = 0.25
"""Distance of the quartiles, relative to the median, above which calls do not repeat."""

FEWEST = 6
"""Samples below which the order statistics give no 95 % interval of the median."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Duration and precision of each measurement; the same for all."""

    error: float = 0.01
    """Sampling ends when the median is known to this relative error with 95 % confidence ..."""

    seconds: float = 10.0
    """... or after so much time for each model of a cell."""

    warmup_seconds: float = 5.0
    """At most, after the first call; warm-up ends when two windows of calls in a row agree."""

    minimum: int = 10
    """Samples, whatever their error says."""

    maximum: int = 5000
    block_seconds: float = 0.1
    """Each model's turn in a round of interleaved models; at least one call."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one call, from many."""

    median: float
    p5: float
    p95: float
    p99: float
    error: float
    """Half of the 95 % interval of the median, relative to it."""

    outliers: int
    """Samples beyond Tukey's outer fence; they are in every number here."""

    slowest: float
    samples: tuple[float, ...]
    """Every one, in the order of time."""

    warmup_calls: int
    first_call: float
    """Seconds of the very first, cold call."""

    wall: float
    """Median seconds of a call by the wall clock of its block; on a GPU next to those by events."""

    doubts: tuple[str, ...] = ()
    """Why the numbers are not to be trusted; empty if they are."""

    notes: tuple[str, ...] = ()

    @property
    def stable(self) -> bool:
        """Whether nothing speaks against the median."""
        return not self.doubts


def quantile(ordered: Sequence[float], fraction: float) -> float:
    """Linear interpolation between order statistics.

    >>> quantile([1.0, 2.0, 4.0], 0.75)
    3.0
    """
    position = fraction * (len(ordered) - 1)
    lower = math.floor(position)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (position - lower) * (ordered[upper] - ordered[lower])


def median_error(samples: Sequence[float]) -> float:
    """Half of the 95 % interval of the median, relative to the median; infinite for too few samples.

    The interval lies between the order statistics n/2 -+ 0.98 sqrt(n) (binomial, normal approximation), so
    it holds for any distribution.

    >>> median_error([1.0] * 10), median_error([1.0] * 3)
    (0.0, inf)
    """
    count = len(samples)
    if count < FEWEST:
        return math.inf
    ordered = sorted(samples)
    reach = 0.98 * math.sqrt(count)
    lower, upper = math.floor(count / 2 - reach), math.ceil(count / 2 + reach)
    inside = ordered[max(lower - 1, 0)], ordered[min(upper, count - 1)]
    return (inside[1] - inside[0]) / 2 / quantile(ordered, 0.5)


def outliers(samples: Sequence[float]) -> int:
    """Number of samples beyond Tukey's outer fence.

    >>> outliers([1.0, 1.1, 1.2, 1.1, 9.0])
    1
    """
    ordered = sorted(samples)
    first, third = quantile(ordered, 0.25), quantile(ordered, 0.75)
    reach = OUTER_FENCE * (third - first)
    return sum(not first - reach <= sample <= third + reach for sample in samples)


def doubts(samples: Sequence[float], rules: Rules) -> tuple[str, ...]:
    """Reasons in the samples to distrust their median, one phrase each."""
    found: list[str] = []
    if len(samples) < rules.minimum:
        found.append(f"too few samples: {len(samples)} of at least {rules.minimum} when the time was up")
    error = median_error(samples)
    if error > rules.error and math.isfinite(error):
        found.append(f"the median is known to {error:.1%} only, not to {rules.error:.1%}")
    ordered = sorted(samples)
    median = quantile(ordered, 0.5)
    spread = (quantile(ordered, 0.75) - quantile(ordered, 0.25)) / median
    if spread > SPREAD:
        found.append(f"calls do not repeat: the middle half of them is spread over {spread:.0%} of the median")
    third = len(samples) // 3
    if third >= FEWEST // 2:
        before, after = (quantile(sorted(part), 0.5) for part in (samples[:third], samples[-third:]))
        if abs(after - before) > DRIFT * median:
            found.append(f"drift: the last third took {after / before - 1:+.0%} compared with the first")
    return tuple(found)
