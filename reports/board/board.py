"""The board: results by model (rows) and by data set and protocol (columns), the basis of all tables and pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ...bench.contracts import Task
from ...bench.metrics.metric import MetricFacts
from ...bench.metrics.registry import known_facts
from ...bench.runs.run import Run
from ...bench.runs.summary import MetricSummary, Summary
from ...bench.runs.trust import TRUST_LEVELS, Trust, at_least
from .matching import PublishedMatch, match_published
from .notes import Note, metric_notes, run_notes, trained_on
from .row_titles import row_titles
from .summaries import current_summary

__all__ = [
    "UNDATED",
    "Board",
    "Column",
    "Entry",
    "Grouping",
    "Row",
    "Value",
    "build_board",
    "ordered_rows",
    "rank_entries",
]

Grouping = Literal["family", "year", "none"]
"""Criterion for grouping rows."""

UNDATED = "undated"
"""Group of models without a year; sorted after all years."""


@dataclass(frozen=True, slots=True)
class Column:
    """A data set with a protocol."""

    dataset: str
    """Name with options, as in the plan."""

    title: str
    """Title in papers, with the variant of the copy if all runs share it."""

    protocol: str
    task: Task
    metrics: Mapping[str, MetricFacts]
    """By name, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Value:
    """One metric of one run."""

    metric: MetricFacts
    """As it was recorded with the run."""

    summary: MetricSummary
    published: PublishedMatch | None
    notes: tuple[Note, ...]
    trust: Trust | None = None
    """What the value rests on; `None` where nobody asks."""

    rank: int = 0
    """1 for the best and 2 for the second best of runs on the same images; otherwise 0."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Results of one model in one column."""

    run: Run
    summary: Summary
    notes: tuple[Note, ...]
    values: Mapping[str, Value]
    trained_on: str
    duplicates: int = 0
    """Number of other runs with the same plan; the most complete is shown, of these the most trusted, then the latest.
    """

    @property
    def measured_images(self) -> tuple[int, str]:
        """Number and fingerprint of the averaged images; equal for runs that may be ranked together."""
        same = self.summary.pixel_fingerprint or self.run.info.plan.listing_sha256
        return self.summary.images - self.summary.failed, same


@dataclass(frozen=True, slots=True)
class Row:
    """Results of one model."""

    model: str
    """Name with options, as in the plan."""

    title: str
    family: str
    year: int | None
    group: str
    """Name of the row's group; `""` if rows are not grouped."""

    entries: Mapping[int, Entry]
    """Entries by column index."""


@dataclass(frozen=True, slots=True)
class Board:
    """Rows and columns in display order."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    grouping: Grouping = "family"


Entries = dict[int, Entry]
"""Draft of a row: entries by column index."""


def build_board(
    runs: Sequence[Run], metrics: Sequence[str] = (), grouping: Grouping = "family", trust: Trust = "claimed"
) -> Board:
    """Arrange runs in rows and columns.

    Args:
        runs: runs to show.
        metrics: metrics to show, in this order; all by default.
        grouping: families are ordered by their best models, years chronologically.
        trust: only values of at least this trust.
    """
    trusted = [run for run in runs if any(_is_trusted(run, metric, trust) for metric in run.info.protocol.metrics)]
    chosen, duplicates = _without_duplicates(trusted)
    columns = _columns(chosen, metrics)
    place = {(column.dataset, column.protocol): index for index, column in enumerate(columns)}
    drafts: list[Entries] = []
    for run in sorted(chosen, key=lambda run: (run.info.created, run.dataset, run.protocol)):
        index = place[run.dataset, run.protocol]
        entry = _entry(run, columns[index], duplicates.get(run.info.plan.sha256, 0), trust)
        _draft_for(drafts, run, index)[index] = entry
    for index, column in enumerate(columns):
        for metric in column.metrics:
            rank_entries(drafts, index, column.metrics[metric])
    titles = row_titles([{index: entry.run for index, entry in draft.items()} for draft in drafts])
    rows = [_row(draft, title, grouping) for draft, title in zip(drafts, titles, strict=True)]
    return Board(columns, tuple(ordered_rows(rows, columns, grouping)), grouping)


def _without_duplicates(runs: Iterable[Run]) -> tuple[list[Run], dict[str, int]]:
    """Choose the most complete run of each plan, of these the most trusted, then the latest; also count the others."""
    by_plan: dict[str, list[Run]] = {}
    for run in runs:
        by_plan.setdefault(run.info.plan.sha256, []).append(run)
    best = [max(same, key=lambda run: (len(run.records), _trust(run), run.info.created)) for same in by_plan.values()]
    return best, {plan: len(same) - 1 for plan, same in by_plan.items() if len(same) > 1}


def _trust(run: Run) -> int:
    """A run's highest level of trust, as a number."""
    return max((TRUST_LEVELS.index(level) for level in run.trust.values()), default=0)


def _is_trusted(run: Run, metric: str, required: Trust) -> bool:
    return at_least(run.trust.get(metric, "claimed"), required)


def _columns(runs: Sequence[Run], metrics: Sequence[str]) -> tuple[Column, ...]:
    places: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        places.setdefault((run.dataset, run.protocol), []).append(run)
    columns: list[Column] = []
    for (dataset, protocol), here in sorted(places.items()):
        card = here[0].info.dataset
        variants = {run.info.copy.variant for run in here}
        variant = next(iter(variants)) if len(variants) == 1 else ""
        known = tuple(dict.fromkeys(metric for run in here for metric in run.info.protocol.metrics))
        shown = tuple(metric for metric in metrics if metric in known) if metrics else known
        recorded = {name: facts for run in reversed(here) for name, facts in run.info.protocol.metric_facts.items()}
        facts = {name: known_facts(name, recorded) for name in shown}
        title = f"{card.title or dataset} ({variant})" if variant else card.title or dataset
        columns.append(Column(dataset, title, protocol, card.task, facts))
    return tuple(columns)


def _entry(run: Run, column: Column, duplicates: int, trust: Trust) -> Entry:
    summary = current_summary(run)
    notes = run_notes(run, summary)
    comparable = all(note.comparable for note in notes)
    values: dict[str, Value] = {}
    known = run.metric_facts
    for name, shown in column.metrics.items():
        if name not in summary.metrics or not _is_trusted(run, name, trust):
            continue
        own = metric_notes(known[name], shown, summary)
        usable = comparable and all(note.comparable for note in own)
        match = match_published(run, known[name], summary.metrics[name].mean, comparable=usable)
        values[name] = Value(known[name], summary.metrics[name], match, own, run.trust.get(name))
    return Entry(run, summary, notes, values, trained_on(run), duplicates)


def _draft_for(drafts: list[Entries], run: Run, column: int) -> Entries:
    """Find the row of a run: the same model with a free cell, preferably with the same weights and settings."""
    free = [draft for draft in drafts if _first(draft).run.model == run.model and column not in draft]

    def difference(draft: Entries) -> int:
        other, mine = _first(draft).run.info.plan, run.info.plan
        return (other.weights_sha256 != mine.weights_sha256) + (other.settings != mine.settings)

    if free:
        return min(free, key=difference)
    drafts.append({})
    return drafts[-1]


def _first(draft: Mapping[int, Entry]) -> Entry:
    return next(iter(draft.values()))


def _row(draft: Entries, title: str, grouping: Grouping) -> Row:
    run = _first(draft).run
    card = run.info.model
    groups: dict[Grouping, str] = {"family": card.family, "year": str(card.year or UNDATED), "none": ""}
    return Row(run.model, title, card.family, card.year, groups[grouping], draft)


def rank_entries(drafts: Sequence[Entries], index: int, metric: MetricFacts) -> None:
    """Rank best and second best for a metric in a column, among the largest group of runs on the same images."""
    name = metric.name
    peers = _peers([draft for draft in drafts if index in draft and _measures(draft[index], metric)], index)
    means = {place: _mean(draft[index], name) for place, draft in enumerate(peers)}
    better = metric.better
    levels = sorted({better(mean) for mean in means.values() if mean is not None})[:2]
    if len(peers) < 2:  # noqa: PLR2004 -- one model alone is not the best
        return
    for place, draft in enumerate(peers):
        mean = means[place]
        if mean is not None and better(mean) in levels:
            ranked = replace(draft[index].values[name], rank=levels.index(better(mean)) + 1)
            draft[index] = replace(draft[index], values={**draft[index].values, name: ranked})


def _measures(entry: Entry, metric: MetricFacts) -> bool:
    """Whether an entry may be ranked by the metric of its column: not without it, nor if other code computed it."""
    value = entry.values.get(metric.name)
    return value is not None and value.metric.same_measure(metric)


def _mean(entry: Entry | None, metric: str) -> float | None:
    value = entry.values.get(metric) if entry else None
    return value.summary.mean if value else None


def _peers(drafts: Sequence[Entries], column: int) -> list[Entries]:
    """Find the rows measured on the same images; of several such groups, the one with the most images."""
    groups: dict[tuple[int, str], list[Entries]] = {}
    for draft in drafts:
        groups.setdefault(draft[column].measured_images, []).append(draft)
    return max(groups.items(), key=lambda item: (item[0][0], len(item[1])))[1] if groups else []


def ordered_rows(rows: Sequence[Row], columns: Sequence[Column], grouping: Grouping) -> list[Row]:
    """Order families by their best model, or years chronologically, and models by their first value, best first."""

    def strength(row: Row) -> tuple[float, ...]:
        order: list[float] = []
        for index, column in enumerate(columns):
            metric = next(iter(column.metrics.values()), None)
            mean = _mean(row.entries.get(index), metric.name) if metric else None
            order.append(math.inf if metric is None or mean is None else metric.better(mean))
        return tuple(order)

    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (strength(row), row.title)):
        groups.setdefault(row.group, []).append(row)
    names = sorted(groups) if grouping == "year" else groups
    return [row for name in names for row in groups[name]]
