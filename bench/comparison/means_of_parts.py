"""The mean over several data sets, each of which counts the same, with an interval.

The interval is recovered from those of the parts: the distance of each end from the mean is the root of the summed
squares of the parts' weighted distances (Zou and Donner, Statistics in Medicine 2008). That is right for independent
parts. Parts with the same images, such as three noise levels, are not: their values are averaged image by image first,
and what they share is counted once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from ..runs.records import ScoreRecord
from ..runs.summary import MetricSummary, summarise
from ..statistics.bootstrap import UNBOUNDED, Interval

__all__ = ["MeasuredPart", "mean_of_parts"]


@dataclass(frozen=True, slots=True)
class MeasuredPart:
    """The records of one data set."""

    images: str
    """Name of its clean images; parts with the same name have the same keys."""

    records: Sequence[ScoreRecord]


def mean_of_parts(parts: Sequence[MeasuredPart], metric: str, within: Interval = UNBOUNDED) -> MetricSummary | None:
    """Mean of the means of the parts.

    Args:
        parts: at least one.
        metric: name of the metric.
        within: smallest and largest possible value.

    Returns:
        The mean with its interval, which is missing where a part has none; `None` unless every part has values. `n` and
        `groups` count the values and the independent groups of all parts.
    """
    values = [
        {record.key: value for record in part.records if (value := record.metrics.get(metric)) is not None}
        for part in parts
    ]
    if not parts or not all(values):
        return None
    n = sum(map(len, values))
    mean = fmean(fmean(each.values()) for each in values)
    if not math.isfinite(mean):
        return MetricSummary(mean, None, None, n, 0, sum(math.isinf(v) for each in values for v in each.values()))
    strata = [_stratum(name, parts, values, within) for name in dict.fromkeys(part.images for part in parts)]
    groups = sum(summary.groups for _, summary in strata)
    low = [weight * (s.mean - s.low) for weight, s in strata if s.mean is not None and s.low is not None]
    high = [weight * (s.high - s.mean) for weight, s in strata if s.mean is not None and s.high is not None]
    if len(low) < len(strata) or len(high) < len(strata):
        return MetricSummary(mean, None, None, n, groups)
    return MetricSummary(
        mean, max(within[0], mean - math.hypot(*low)), min(within[1], mean + math.hypot(*high)), n, groups
    )


def _stratum(
    name: str, parts: Sequence[MeasuredPart], values: Sequence[dict[str, float]], within: Interval
) -> tuple[float, MetricSummary]:
    """The weight of the parts with the same images, and their images' mean values."""
    here = [each for part, each in zip(parts, values, strict=True) if part.images == name]
    group = {record.key: record.group for part in parts if part.images == name for record in part.records}
    keys = dict.fromkeys(key for each in here for key in each)
    means = [fmean(each[key] for each in here if key in each) for key in keys]
    return len(here) / len(parts), summarise(means, [group[key] for key in keys], within=within)
