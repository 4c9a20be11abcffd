"""Columns with the mean of a suite, where a table has all of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...bench.comparison.means_of_parts import MeasuredPart, mean_of_parts
from ...bench.contracts import JsonValue
from ...bench.evaluation.suites import SUITES, Suite
from ...bench.files.codec import encode_number
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.summary import MetricSummary
from ..board.board import Board, Row
from ..board.numbers import show_number
from .sheet import NumberCell, Sheet, SheetColumn, Signs

__all__ = ["suite_items", "with_suites"]

Means = Sequence[Sequence[MetricSummary | None]]
"""One row of means per model, one mean per metric."""


@dataclass(frozen=True, slots=True)
class _SuiteColumn:
    """A suite whose parts are all on the board, measured by one protocol."""

    suite: Suite
    protocol: str
    places: tuple[int, ...]
    """Column of each part."""

    metrics: tuple[MetricFacts, ...]
    """Those that every part has."""

    def mean(self, row: Row, metric: MetricFacts) -> MetricSummary | None:
        """The mean of a model; `None` if it lacks a part."""
        if not all(place in row.entries for place in self.places):
            return None
        parts = [
            MeasuredPart(part.name, row.entries[place].run.records)
            for part, place in zip(self.suite.parts, self.places, strict=True)
        ]
        return mean_of_parts(parts, metric.name, metric.bounds)

    def notes(self, row: Row) -> list[str]:
        """What limits the mean of a model: every note on a part."""
        return list(dict.fromkeys(note.text for place in self.places for note in row.entries[place].notes))


def with_suites(sheet: Sheet, board: Board, digits: Mapping[str, int]) -> Sheet:
    """Add a group of columns for each suite that some model has all parts of: the mean of the means, and its interval.

    Args:
        sheet: the sheet laid out from the board.
        board: the measured results.
        digits: decimals by metric.
    """
    signs = Signs(sheet.notes)
    for column in _suite_columns(board):
        means = [[column.mean(row, metric) for metric in column.metrics] for row in board.rows]
        ranks = _ranks(column, board.rows, means)
        cells = [
            tuple(
                NumberCell() if mean is None else _cell(mean, metric, signs.of(column.notes(row)), digits, rank)
                for mean, metric, rank in zip(here, column.metrics, own, strict=True)
            )
            for row, here, own in zip(board.rows, means, ranks, strict=True)
        ]
        head = SheetColumn(
            f"{column.suite.title}, mean of {len(column.places)}",
            column.protocol,
            tuple(metric.heading for metric in column.metrics),
        )
        rows = tuple(replace(row, cells=(*row.cells, *own)) for row, own in zip(sheet.rows, cells, strict=True))
        sheet = replace(sheet, columns=(*sheet.columns, head), rows=rows)
    return replace(sheet, notes=signs.notes())


def suite_items(board: Board) -> Iterator[dict[str, JsonValue]]:
    """One object per model, suite and metric, for JSON and CSV; its data set is the suite."""
    for column in _suite_columns(board):
        for row in board.rows:
            for metric in column.metrics:
                mean = column.mean(row, metric)
                if mean is not None:
                    yield {
                        "model": row.model,
                        "title": row.title,
                        "family": row.family,
                        "year": row.year,
                        "dataset": column.suite.name,
                        "protocol": column.protocol,
                        "metric": metric.name,
                        "mean": encode_number(mean.mean),
                        "low": encode_number(mean.low),
                        "high": encode_number(mean.high),
                        "level": mean.level,
                        "n": mean.n,
                        "groups": mean.groups,
                        "infinite": mean.infinite,
                        "parts": [board.columns[place].dataset for place in column.places],
                        "notes": list[JsonValue](column.notes(row)),
                        "metric_title": metric.title,
                        "unit": metric.unit,
                        "digits": metric.digits,
                        "higher_is_better": metric.higher_is_better,
                        "group": row.group,
                    }


def _suite_columns(board: Board) -> list[_SuiteColumn]:
    place = {(column.dataset, column.protocol): index for index, column in enumerate(board.columns)}
    found: list[_SuiteColumn] = []
    for suite in SUITES.values():
        for protocol in dict.fromkeys(column.protocol for column in board.columns):
            places = tuple(place.get((part.dataset, protocol), -1) for part in suite.parts)
            if -1 in places or not any(all(index in row.entries for index in places) for row in board.rows):
                continue
            first = board.columns[places[0]].metrics
            shared = [m for name, m in first.items() if all(name in board.columns[index].metrics for index in places)]
            found.append(_SuiteColumn(suite, protocol, places, tuple(shared)))
    return found


def _cell(
    mean: MetricSummary, metric: MetricFacts, signs: tuple[str, ...], digits: Mapping[str, int], rank: int
) -> NumberCell:
    text = show_number(mean.mean, metric, digits)
    if mean.low is not None and mean.high is not None:
        text = f"{text} [{show_number(mean.low, metric, digits)}, {show_number(mean.high, metric, digits)}]"
    return NumberCell(text, rank, signs)


def _ranks(column: _SuiteColumn, rows: Sequence[Row], means: Means) -> list[list[int]]:
    """1 for the best and 2 for the second best, among the most models that were measured on the same images."""
    groups: dict[object, list[int]] = {}
    for index, (row, here) in enumerate(zip(rows, means, strict=True)):
        if None not in here:
            groups.setdefault(tuple(row.entries[place].measured_images for place in column.places), []).append(index)
    ranks = [[0] * len(column.metrics) for _ in rows]
    peers = max(groups.values(), key=len) if groups else []
    for place, metric in enumerate(column.metrics):
        found = {index: mean for index in peers if (mean := means[index][place]) and mean.mean is not None}
        strengths = {index: metric.better(mean.mean) for index, mean in found.items() if mean.mean is not None}
        levels = sorted({*strengths.values()})[:2]
        for index, strength in strengths.items() if len(strengths) > 1 else ():
            ranks[index][place] = levels.index(strength) + 1 if strength in levels else 0
    return ranks
