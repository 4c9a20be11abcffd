"""Means, intervals and reasons for missing values over the records of one run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

import numpy as np

from ..files.fingerprints import combined_fingerprint
from ..metrics.metric import MetricFacts
from ..statistics.bootstrap import INTERVALS, LEVEL, UNBOUNDED, Interval, estimate_means
from .records import ScoreRecord

__all__ = ["MetricSummary", "Summary", "summarise", "summarise_records"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a table shows of a cell."""

    metrics: Mapping[str, MetricSummary]
    images: int
    """Images with a record."""

    failed: int
    selected: int
    """Images that the command asked for; fewer records mean that the run is unfinished."""

    nulls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Metric to the reason why some or all of its values are missing."""

    seconds_p50: float | None = None
    """Median wall time of the model per image; not a latency benchmark."""

    seed_spread: Mapping[str, float] = field(default_factory=dict[str, float])
    """Metric to the standard deviation between seeds of the mean over the images, where several were sampled."""

    pixel_fingerprint: str = ""
    """Over the decoded pixels of every recorded pair, in key order."""

    intervals: str = ""
    """Which statistics made the intervals, `INTERVALS` of `bench.statistics.bootstrap`; `""` in version 0.1.0."""

    @property
    def finished(self) -> bool:
        """Whether every selected image has a record."""
        return self.images >= self.selected


def summarise_records(records: tuple[ScoreRecord, ...], metrics: Mapping[str, MetricFacts], selected: int) -> Summary:
    """Means, intervals and reasons over the records of one cell.

    Args:
        records: those of the cell.
        metrics: name of each metric to what is known of it.
        selected: images that the command asked for.
    """
    good = [record for record in records if record.status == "ok"]
    summaries: dict[str, MetricSummary] = {}
    nulls: dict[str, str] = {}
    for name, facts in metrics.items():
        scored = [(value, record) for record in good if (value := record.metrics.get(name)) is not None]
        values, groups = [value for value, _ in scored], [record.group for _, record in scored]
        summaries[name] = summarise(values, groups, within=facts.bounds)
        reasons = [reason for record in good if (reason := record.first.nulls.get(name))]
        if reasons:
            nulls[name] = reasons[0]
    seconds = sorted(record.seconds for record in good if record.seconds is not None)
    return Summary(
        metrics=summaries,
        images=len(records),
        failed=len(records) - len(good),
        selected=selected,
        nulls=nulls,
        seconds_p50=seconds[len(seconds) // 2] if seconds else None,
        seed_spread={name: spread for name in metrics if (spread := _seed_spread(good, name)) is not None},
        pixel_fingerprint=_fingerprint(records),
        intervals=INTERVALS,
    )


def _seed_spread(records: Sequence[ScoreRecord], metric: str) -> float | None:
    """Standard deviation over the seeds of the means over the images; `None` without several seeds or finite values."""
    rows = [record.first.samples.get(metric, ()) for record in records]
    values = [[value for value in row if value is not None and math.isfinite(value)] for row in rows]
    seeds = len(rows[0]) if rows else 0
    if seeds < 2 or any(len(row) != seeds for row in (*rows, *values)):  # noqa: PLR2004 -- a spread needs two
        return None
    return stdev([fmean(seed) for seed in zip(*values, strict=True)])


def _fingerprint(records: tuple[ScoreRecord, ...]) -> str:
    pairs = [(record.key, record.pair) for record in records if record.status == "ok"]
    known = [(key, pixels) for key, pixels in pairs if pixels]
    return combined_fingerprint(known) if known and len(known) == len(pairs) else ""


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric over the images of a cell."""

    mean: float | None
    """Plain mean of the per-image values; infinite if one of them is; `None` if there is none."""

    low: float | None
    """Lower end of the interval of the mean; `None` for fewer than two groups or infinite values."""

    high: float | None
    n: int
    """Images with a value."""

    groups: int
    """Independent groups among them: the effective sample size for the interval."""

    infinite: int = 0
    """Images with an infinite value."""

    level: float = LEVEL


def summarise(
    values: Sequence[float], groups: Sequence[str], *, within: Interval = UNBOUNDED, seed: int = 0
) -> MetricSummary:
    """Mean and interval of per-image values, with whole groups as independent units.

    Args:
        values: one number per image, possibly infinite.
        groups: which images belong together; `""` is a group of its own.
        within: smallest and largest possible value; no interval leaves them.
        seed: of the resampling; the same input gives the same interval.

    References:
        See `bench.statistics.bootstrap`.
    """
    if not values:
        return MetricSummary(None, None, None, 0, 0)
    array = np.asarray(values, dtype=np.float64)
    infinite = int(np.isinf(array).sum())
    if infinite:
        single = sum(not group for group in groups)
        return MetricSummary(math.inf, None, None, len(array), len({*groups} - {""}) + single, infinite)
    (estimate,) = estimate_means(array[:, None], groups, within=[within], seed=seed)
    low, high = estimate.interval() or (None, None)
    return MetricSummary(estimate.mean, low, high, estimate.n, estimate.groups)
