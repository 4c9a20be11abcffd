"""Intervals of the differences between every two models of a column, by the statistics of `compare` and `check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ...bench.comparison.pairing import subtract_values
from ...bench.contracts import JsonValue
from ...bench.metrics.metric import MetricFacts
from ...bench.statistics.bootstrap import estimate_means

__all__ = ["difference_intervals"]

AT_ONCE = 400
"""Pairs of models that share their resamples; more need more memory."""

Values = NDArray[np.float64]


def difference_intervals(
    values: Mapping[str, Sequence[float | None]], groups: Sequence[str], metric: MetricFacts
) -> dict[str, JsonValue]:
    """Map `A-B` to the interval of the mean of A minus B, for every two rows in their order.

    Args:
        values: row to its values of the metric, one per image; `None` where there is none.
        groups: group of each image; `""` is a group of its own.
        metric: what is known of the metric.
    """
    columns = {row: np.array([np.nan if value is None else value for value in each]) for row, each in values.items()}
    alike: dict[bytes, list[tuple[str, Values]]] = {}
    for first, second in combinations(columns, 2):
        with np.errstate(invalid="ignore"):
            differences = subtract_values(columns[second], columns[first])
        alike.setdefault(np.isfinite(differences).tobytes(), []).append((f"{first}-{second}", differences))
    found: dict[str, JsonValue] = {}
    for mask, pairs in alike.items():
        usable = np.frombuffer(mask, dtype=bool)
        here = [group for group, use in zip(groups, usable, strict=True) if use]
        for batch in _batches(pairs) if here else ():
            within = [metric.difference_bounds] * len(batch)
            estimates = estimate_means(np.column_stack([each[usable] for _, each in batch]), here, within=within)
            for (name, _), estimate in zip(batch, estimates, strict=True):
                interval = estimate.interval()
                found[name] = None if interval is None else list(interval)
    return found


def _batches(pairs: list[tuple[str, Values]]) -> Iterator[list[tuple[str, Values]]]:
    return (pairs[start : start + AT_ONCE] for start in range(0, len(pairs), AT_ONCE))
