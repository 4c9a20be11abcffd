"""Paired, image-by-image comparison of runs, with intervals and significance tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..metrics.metric import MetricFacts
from ..runs.run import Run, load_run
from ..statistics.bootstrap import MeanEstimate, estimate_means
from ..statistics.significance import holm
from ..terminal.panels import Panel, Shown, count, number
from .metric_comparison import MetricComparison, compare_metric
from .pairing import Measured, PairedValues, measured, pair_images, paired_values, shared_metrics
from .seeds import seed_spread
from .selection import CellName, common_cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "compare", "compare_pairs", "compare_sides", "holm_over"]


COLUMNS = (
    "metric",
    "n",
    "groups",
    "first",
    "second",
    "difference",
    "median",
    "low",
    "high",
    "level",
    "effect",
    "p",
    "p_holm",
    "wins",
    "ties",
    "losses",
    "finding",
)
"""Fields of a `MetricComparison` that a data frame has."""


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Shown):
    """The comparison of two models on one data set."""

    first: str
    second: str
    dataset: str
    protocol: str
    images: int
    """Number of images shared by both sides."""

    notes: tuple[str, ...]
    """Caveats, one sentence each."""

    metrics: Mapping[str, MetricComparison]

    def to_dataframe(self) -> pd.DataFrame:
        """One row per metric: means, difference, interval, tests, and on how many images each side wins."""
        import pandas as pd

        rows = [{name: getattr(found, name) for name in COLUMNS} for found in self.metrics.values()]
        for row in rows:
            row["finding"] = row["finding"] if row["n"] else None
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def _panel(self) -> Panel:
        measured = [each for each in self.metrics.values() if each.n]
        rows = [_row(each) for each in measured]
        found = [f"{each.facts.title} {number(each.difference, each.facts.finer, signed=True)}" for each in measured]
        where = f"{self.dataset} by {self.protocol}"
        line = f"Comparison: {self.second} minus {self.first} on {where}, {count(self.images, 'image')}"
        columns = ("metric", self.first, self.second, "difference", "low", "high", "images", "finding")
        return Panel(", ".join((line, *found)), columns, rows, self.notes)


def _row(found: MetricComparison) -> tuple[str, ...]:
    facts = found.facts
    differences = (number(each, facts.finer, signed=True) for each in (found.difference, found.low, found.high))
    means = (number(each, facts.digits) for each in (found.first, found.second))
    return facts.heading, *means, *differences, str(found.n), found.finding


def compare(
    first: Run | str | Path,
    second: Run | str | Path,
    *,
    protocol: str | None = None,
    metrics: Sequence[str] = (),
    intersect: bool = False,
    worth: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare two runs image by image.

    Args:
        first: a run, or its folder `OUT/<dataset>/<model>`.
        second: another run; differences are second minus first.
        protocol: the one to compare by, `y@1`; by default that of the first run.
        metrics: metrics to compare; by default all that both protocols define.
        intersect: if the image sets differ, compare the shared images and add a note.
        worth: metric to the smallest difference of interest, used for `MetricComparison.needed`; default 0.05 dB PSNR,
            0.001 SSIM, 0.002 LPIPS.
        seed: seed of the resampling.

    Raises:
        IncomparableError: the data sets, protocols or image sets differ.
        RunFolderError: a folder contains no run.
        UnknownNameError: the runs lack a metric, or the protocol.

    References:
        Interval: `bench.statistics.bootstrap`. Test: Wilcoxon 1945, on one mean per group. Correction: Holm 1979.
    """
    one, other = (each if isinstance(each, Run) else load_run(each) for each in (first, second))
    if protocol is not None:
        one, other = one.by(protocol), other.by(protocol)
    elif not isinstance(second, Run) and one.protocol in other.protocols:
        other = other.by(one.protocol)
    runs = [one, other]
    labels = [run.model for run in runs]
    if labels[0] == labels[1]:
        labels = [str(run.path) for run in runs]
    sides = [measured(run, label) for run, label in zip(runs, labels, strict=True)]
    comparison = compare_sides(sides[0], sides[1], metrics=metrics, intersect=intersect, worth=worth, seed=seed)
    return holm_over([comparison])[0]


def compare_sides(
    first: Measured,
    second: Measured,
    *,
    metrics: Sequence[str] = (),
    intersect: bool = False,
    worth: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare like `compare`, for sides other than run folders too; `holm_over` fills in `p_holm`."""
    keys, notes = pair_images(first, second, intersect=intersect)
    shared, left_out = shared_metrics(first, second, metrics)
    values = {name: paired_values(first, second, keys, name) for name in shared}
    estimates = _estimates(values, {name: second.facts(name) for name in values}, seed)
    compared = {
        name: compare_metric(second.facts(name), pairs, estimates.get(name), worth or {})
        for name, pairs in values.items()
    }
    spreads = {name: (seed_spread(first, name, keys), seed_spread(second, name, keys)) for name in compared}
    return Comparison(
        first.label,
        second.label,
        first.dataset,
        first.protocol,
        len(keys),
        notes + left_out,
        {name: replace(each, seeds=spreads[name]) for name, each in compared.items()},
    )


def compare_pairs(
    sides: Sequence[Mapping[CellName, Measured]],
    *,
    metrics: Sequence[str] = (),
    intersect: bool = False,
    worth: Mapping[str, float] | None = None,
    seed: int = 0,
) -> list[Comparison]:
    """Compare every pair of sides on every shared cell, correcting the p values for all comparisons.

    Raises:
        IncomparableError: no shared cell, or different images in one.
        UnknownNameError: the runs lack a metric.
    """
    compared = [
        compare_sides(first[cell], second[cell], metrics=metrics, intersect=intersect, worth=worth, seed=seed)
        for cell in common_cells(sides)
        for first, second in combinations(sides, 2)
    ]
    return holm_over(compared)


def _estimates(
    values: Mapping[str, PairedValues], facts: Mapping[str, MetricFacts], seed: int
) -> dict[str, MeanEstimate]:
    """Estimate mean differences; metrics defined on the same images share resamples."""
    alike: dict[tuple[str, ...], list[str]] = {}
    finite = {name: np.isfinite(pairs.differences) for name, pairs in values.items()}
    for name, pairs in values.items():
        keys = tuple(key for key, usable in zip(pairs.keys, finite[name], strict=True) if usable)
        if keys:
            alike.setdefault(keys, []).append(name)
    estimates: dict[str, MeanEstimate] = {}
    for names in alike.values():
        columns = np.column_stack([values[name].differences[finite[name]] for name in names])
        kept = zip(values[names[0]].groups, finite[names[0]], strict=True)
        within = [facts[name].difference_bounds for name in names]
        found = estimate_means(columns, [group for group, usable in kept if usable], within=within, seed=seed)
        estimates |= dict(zip(names, found, strict=True))
    return estimates


def holm_over(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Fill in `p_holm`, treating all tests in these comparisons as one family."""
    known = {
        (index, name): metric.p
        for index, comparison in enumerate(comparisons)
        for name, metric in comparison.metrics.items()
        if metric.p is not None
    }
    adjusted = holm(known)
    return [
        replace(
            comparison,
            metrics={
                name: replace(metric, p_holm=adjusted.get((index, name))) for name, metric in comparison.metrics.items()
            },
        )
        for index, comparison in enumerate(comparisons)
    ]
