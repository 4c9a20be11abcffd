"""The board: rows are models, columns are data sets by protocol. Every table and page is drawn from it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..bench.contracts import Task
from ..bench.plan import plan_difference
from ..bench.runs import Run, Summary
from ..bench.statistics import MetricSummary
from .matching import PublishedMatch, match_published
from .metric_style import style_of
from .notes import Note, metric_notes, run_notes, trained_on

__all__ = ["Board", "Column", "Entry", "Row", "Value", "build_board"]


@dataclass(frozen=True, slots=True)
class Column:
    """One data set by one protocol."""

    dataset: str
    """Its name with its options, as in the plan."""

    title: str
    """As papers print it, with the variant of the copy if there is only one."""

    protocol: str
    task: Task
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One metric of one run."""

    metric: str
    summary: MetricSummary
    published: PublishedMatch | None
    notes: tuple[Note, ...]
    rank: int = 0
    """1 for the best, 2 for the second best among runs on the same images; 0 for the rest."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model on one column."""

    run: Run
    summary: Summary
    notes: tuple[Note, ...]
    values: Mapping[str, Value]
    trained_on: str
    duplicates: int = 0
    """Other runs of the same plan; the most complete is shown, and of those the latest."""


@dataclass(slots=True)
class Row:
    """One model."""

    model: str
    """Its name with its options, as in the plan."""

    title: str
    family: str
    entries: dict[int, Entry] = field(default_factory=dict[int, Entry])
    """By position of the column."""


@dataclass(frozen=True, slots=True)
class Board:
    """Rows and columns, in the order in which they are shown."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def build_board(runs: Sequence[Run], metrics: Sequence[str] = ()) -> Board:
    """Arrange runs; `metrics` limits what is shown to these, in this order."""
    chosen, duplicates = _without_duplicates(runs)
    columns = _columns(chosen, metrics)
    place = {(column.dataset, column.protocol): index for index, column in enumerate(columns)}
    rows: list[Row] = []
    for run in sorted(chosen, key=lambda run: (run.info.created, run.dataset, run.protocol)):
        index = place[run.dataset, run.protocol]
        summary = current_summary(run)
        entry = _entry(run, summary, columns[index].metrics, duplicates.get(run.info.plan.sha256, 0))
        _row_for(rows, run, index).entries[index] = entry
    _rank(rows, columns)
    _name(rows)
    return Board(columns, tuple(_ordered(rows, columns)))


def current_summary(run: Run) -> Summary:
    """The stored summary if it is that of the records, else a new one (intervals are slow to compute)."""
    stored = run.info.summary
    if stored is None or stored.images != len(run.records) or stored.selected != run.info.selected:
        return run.summary
    good = [record for record in run.records if record.status == "ok"]
    for metric, summary in stored.metrics.items():
        values = [value for record in good if (value := record.metrics.get(metric)) is not None]
        mean = math.fsum(values) / len(values) if values else None
        if not _same(mean, summary.mean) or len(values) != summary.n:
            return run.summary
    return stored if set(stored.metrics) == set(run.info.protocol.metrics) else run.summary


def _same(mean: float | None, stored: float | None) -> bool:
    if mean is None or stored is None:
        return mean is stored
    return mean == stored or math.isclose(mean, stored, rel_tol=1e-9)


def _without_duplicates(runs: Iterable[Run]) -> tuple[list[Run], dict[str, int]]:
    """Of runs with the same plan the most complete one, of those the latest; and how many others there were."""
    by_plan: dict[str, list[Run]] = {}
    for run in runs:
        by_plan.setdefault(run.info.plan.sha256, []).append(run)
    best = [max(same, key=lambda run: (len(run.records), run.info.created)) for same in by_plan.values()]
    return best, {plan: len(same) - 1 for plan, same in by_plan.items() if len(same) > 1}


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
        title = f"{card.title or dataset} ({variant})" if variant else card.title or dataset
        columns.append(Column(dataset, title, protocol, card.task, shown))
    return tuple(columns)


def _entry(run: Run, summary: Summary, metrics: Sequence[str], duplicates: int) -> Entry:
    notes = run_notes(run, summary)
    comparable = all(note.comparable for note in notes)
    values: dict[str, Value] = {}
    for metric in (name for name in metrics if name in summary.metrics):
        own = metric_notes(metric, summary)
        usable = comparable and all(note.comparable for note in own)
        match = match_published(run, metric, summary.metrics[metric].mean, comparable=usable)
        values[metric] = Value(metric, summary.metrics[metric], match, own)
    return Entry(run, summary, notes, values, trained_on(run), duplicates)


def _row_for(rows: list[Row], run: Run, column: int) -> Row:
    """The row this run belongs to: the same model with a free cell, the same weights and settings first."""
    free = [row for row in rows if row.model == run.model and column not in row.entries]

    def difference(row: Row) -> int:
        other = next(iter(row.entries.values())).run.info.plan
        mine = run.info.plan
        return (other.weights_sha256 != mine.weights_sha256) + (other.settings != mine.settings)

    if free:
        return min(free, key=difference)
    card = run.info.model
    rows.append(Row(run.model, card.title or run.model, card.family))
    return rows[-1]


def _rank(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    """Mark best and second best of each metric, among the runs that share the most images."""
    from dataclasses import replace

    for index, column in enumerate(columns):
        peers = _peers([row for row in rows if index in row.entries], index)
        for metric in column.metrics:
            style = style_of(metric)
            means = {
                id(row): row.entries[index].values[metric].summary.mean
                for row in peers
                if metric in row.entries[index].values
            }
            levels = sorted({style.better(mean) for mean in means.values() if mean is not None})[:2]
            if len(peers) < 2:  # noqa: PLR2004 -- one model alone is not the best
                continue
            for row in peers:
                mean, entry = means.get(id(row)), row.entries[index]
                if mean is None or style.better(mean) not in levels:
                    continue
                ranked = replace(entry.values[metric], rank=levels.index(style.better(mean)) + 1)
                row.entries[index] = replace(entry, values={**entry.values, metric: ranked})


def _peers(rows: Sequence[Row], column: int) -> list[Row]:
    """The rows measured on the same images; of several such groups the one with the most images."""
    groups: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        entry = row.entries[column]
        images = entry.summary.images - entry.summary.failed
        same = entry.summary.pixel_fingerprint or entry.run.info.plan.listing_sha256
        groups.setdefault((images, same), []).append(row)
    return max(groups.items(), key=lambda item: (item[0][0], len(item[1])))[1] if groups else []


def _name(rows: Sequence[Row]) -> None:
    """Give every row a title of its own: inference variant, options, and what else tells it apart."""
    for row in rows:
        run = next(iter(row.entries.values())).run
        options = run.model[run.model.find("[") :] if "[" in run.model else ""
        variant = run.info.model.variant
        row.title += f" {options}" if options else ""
        row.title += f" ({variant})" if variant not in ("", "full image") else ""
    for title, same in _by_title(rows).items():
        if len({row.model for row in same}) == len(same):
            for row in same:
                row.title = f"{title} · {row.model}"
        else:
            for row in same[1:]:
                row.title = f"{title} · {_qualifier(same[0], row)}"


def _by_title(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.title, []).append(row)
    return {title: same for title, same in groups.items() if len(same) > 1}


def _qualifier(first: Row, row: Row) -> str:
    """How a second row of the same model differs from the first."""
    shared = [index for index in row.entries if index in first.entries]
    index = shared[0] if shared else next(iter(row.entries))
    mine = row.entries[index].run.info
    other = first.entries[shared[0]].run.info if shared else next(iter(first.entries.values())).run.info
    words: list[str] = []
    for line in plan_difference(other.plan, mine.plan):
        field_name, _, change = line.partition(": ")
        value = change.rpartition(" -> ")[2]
        if field_name == "listing_sha256":
            words.append(mine.copy.completeness or f"copy {value[:8]}")
        elif field_name not in ("dataset", "protocol", "model"):
            words.append(f"weights {value[:8]}" if field_name == "weights_sha256" else f"{field_name} {value}")
    return ", ".join(words) or mine.created


def _ordered(rows: Sequence[Row], columns: Sequence[Column]) -> list[Row]:
    """Families by their best model, models by their first number, best first."""

    def strength(row: Row) -> tuple[float, ...]:
        order: list[float] = []
        for index, column in enumerate(columns):
            metric = next(iter(column.metrics), "")
            value = row.entries[index].values.get(metric) if index in row.entries else None
            mean = value.summary.mean if value else None
            order.append(math.inf if mean is None else style_of(metric).better(mean))
        return tuple(order)

    families: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (strength(row), row.title)):
        families.setdefault(row.family, []).append(row)
    return [row for family in families.values() for row in family]
