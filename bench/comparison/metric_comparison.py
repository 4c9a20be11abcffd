"""Comparison of one metric between two sides: differences, interval, test, power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from ..metrics.metric import MetricFacts
from ..statistics.bootstrap import LEVEL, ROUNDING, MeanEstimate
from ..statistics.significance import detectable_difference, images_needed, signed_rank
from .pairing import PairedValues
from .seeds import SeedSpread

__all__ = ["Finding", "MetricComparison", "Mover", "compare_metric"]

Finding = Literal["better", "worse", "no difference seen"]
"""Verdict on the second side, from the interval of the mean difference."""

MOVERS = 5
"""Number of images listed for the largest changes."""


@dataclass(frozen=True, slots=True)
class Mover:
    """An image with one of the largest changes."""

    key: str
    first: float
    second: float
    difference: float


@dataclass(frozen=True, slots=True)
class MetricComparison:
    """One metric of the second side against the first; differences are second minus first."""

    metric: str
    facts: MetricFacts
    n: int
    """Number of images with a value on both sides."""

    groups: int
    """Number of independent groups (sequences, scenes, backgrounds) among them."""

    effective_n: float
    """Number of equally large groups with the same weight; the sample size of the intervals."""

    first: float | None
    """Mean of the first side over these images; `None` without images."""

    second: float | None
    difference: float | None
    """Mean of the finite differences; `None` if there are none."""

    median: float | None
    """Median of all differences; `None` if undefined."""

    low: float | None
    """Lower limit of the interval of the mean difference; `None` for too few groups."""

    high: float | None
    level: float
    effect: float | None
    """Cohen's d for paired samples: mean difference over the standard deviation of the differences."""

    p: float | None
    """Two-sided p value of Wilcoxon's signed-rank test, one value per group."""

    p_holm: float | None
    """The p value after Holm correction for all comparisons made together."""

    wins: int
    """Number of images on which the second side is better."""

    ties: int
    losses: int
    detectable: float | None
    """Smallest true difference that these images detect with 80 % power."""

    needed: int | None
    """Number of similar images needed to detect a difference of `needed_for` with 80 % power."""

    needed_for: float
    """Smallest difference of interest, in the metric's unit."""

    missing: tuple[int, int]
    """Number of images without a value, on each side."""

    became_infinite: int = 0
    """Number of images with an infinite value on the second side only, excluded from the mean difference."""

    was_infinite: int = 0
    """Number of images with an infinite value on the first side only, excluded from the mean difference."""

    movers: tuple[Mover, ...] = ()
    """The images with the largest changes, largest first."""

    seeds: tuple[SeedSpread | None, SeedSpread | None] = (None, None)
    """Spread over seeds of each side; `None` for a single seed."""

    estimate: MeanEstimate | None = field(default=None, repr=False, compare=False)
    """Estimate of the mean difference with its resamples, for intervals at other levels; omitted from JSON."""

    @property
    def finding(self) -> Finding:
        """The finding: whether the interval excludes zero, and in which direction."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "no difference seen"
        return "better" if (self.low > 0) == self.facts.higher_is_better else "worse"


def compare_metric(
    facts: MetricFacts, pairs: PairedValues, estimate: MeanEstimate | None, worth: Mapping[str, float]
) -> MetricComparison:
    """Compare the paired values of one metric.

    Args:
        facts: facts of the metric.
        pairs: values of both sides.
        estimate: estimate of the mean finite difference; `None` if there are none.
        worth: metric to the smallest difference of interest, used for `needed`.
    """
    differences = pairs.differences
    gains = differences * facts.sign
    low, high = (estimate.interval() if estimate else None) or (None, None)
    wanted = worth.get(facts.name, facts.worth or 10.0**-facts.finer)
    infinite = np.isinf(pairs.second) & np.isfinite(pairs.first), np.isinf(pairs.first) & np.isfinite(pairs.second)
    whole = estimate if not np.isinf(differences).any() else None
    return MetricComparison(
        metric=facts.name,
        facts=facts,
        n=len(differences),
        groups=estimate.groups if estimate else 0,
        effective_n=estimate.effective_groups if estimate else 0.0,
        first=_mean(pairs.first),
        second=_mean(pairs.second),
        difference=estimate.mean if estimate else None,
        median=_median(differences),
        low=low,
        high=high,
        level=LEVEL,
        effect=_effect(differences),
        p=signed_rank(differences, pairs.groups),
        p_holm=None,
        wins=int((gains > 0).sum()),
        ties=int((gains == 0).sum()),
        losses=int((gains < 0).sum()),
        detectable=detectable_difference(estimate) if estimate else None,
        needed=images_needed(estimate, wanted) if estimate and whole else None,
        needed_for=wanted,
        missing=pairs.missing,
        became_infinite=int(infinite[0].sum()),
        was_infinite=int(infinite[1].sum()),
        movers=_movers(pairs),
        estimate=estimate,
    )


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None


def _median(values: NDArray[np.float64]) -> float | None:
    """The median; `None` if undefined, as for minus and plus infinity."""
    ordered = np.sort(values)
    low, high = ordered[(len(ordered) - 1) // 2 :][:1], ordered[len(ordered) // 2 :][:1]
    if not len(ordered) or (np.isinf(low[0]) and low[0] == -high[0]):
        return None
    return float((low[0] + high[0]) / 2)


def _effect(differences: NDArray[np.float64]) -> float | None:
    finite = differences[np.isfinite(differences)]
    spread = float(finite.std(ddof=1)) if len(finite) > 1 else 0.0
    return float(finite.mean()) / spread if spread > ROUNDING * float(np.abs(finite).max(initial=0)) else None


def _movers(pairs: PairedValues) -> tuple[Mover, ...]:
    differences = pairs.differences
    order = np.argsort(-np.abs(differences), kind="stable")[:MOVERS]
    return tuple(
        Mover(pairs.keys[index], float(pairs.first[index]), float(pairs.second[index]), float(differences[index]))
        for index in cast("list[int]", order.tolist())
        if differences[index]
    )
