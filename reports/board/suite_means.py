"""Means over the data sets of a suite, from a board that has all of them or most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...bench.comparison.means_of_parts import MeasuredPart, mean_of_parts
from ...bench.evaluation.suites import SUITES, Suite
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.summary import MetricSummary
from .board import Board, Entry, Row

__all__ = ["SuiteColumn", "complete_suites", "ranks_of_means", "suites_of"]

Means = Sequence[Sequence[MetricSummary | None]]
"""One row of means per model, one mean per metric."""


@dataclass(frozen=True, slots=True)
class SuiteColumn:
    """A suite whose parts, or most of them, are on a board, measured by one protocol."""

    suite: Suite
    protocol: str
    places: tuple[int | None, ...]
    """Column of each part; `None` for one that is not on the board."""

    metrics: tuple[MetricFacts, ...]
    """Those that every part has."""

    def missing(self, row: Row) -> list[str]:
        """Names of the parts that a model was not measured on."""
        places = zip(self.suite.parts, self.places, strict=True)
        return [part.dataset for part, place in places if place not in row.entries]

    def mean(self, row: Row, metric: MetricFacts) -> MetricSummary | None:
        """The mean of a model; `None` if it lacks a part."""
        entries = self._entries(row)
        if len(entries) < len(self.places):
            return None
        parts = [
            MeasuredPart(part.name, entry.run.records) for part, entry in zip(self.suite.parts, entries, strict=True)
        ]
        return mean_of_parts(parts, metric.name, metric.bounds)

    def _entries(self, row: Row) -> list[Entry]:
        return [row.entries[place] for place in self.places if place is not None and place in row.entries]

    def means(self, rows: Sequence[Row]) -> list[list[MetricSummary | None]]:
        """A row of means for each model, one for each metric."""
        return [[self.mean(row, metric) for metric in self.metrics] for row in rows]

    def notes(self, row: Row) -> list[str]:
        """What limits the mean of a model: every note on a part."""
        entries = self._entries(row)
        return list(dict.fromkeys(note.text for entry in entries for note in entry.notes))


def complete_suites(board: Board) -> list[SuiteColumn]:
    """The suites that some model has all parts of, by every protocol that measured them."""
    return [column for column in _on_board(board) if any(not column.missing(row) for row in board.rows)]


def suites_of(board: Board) -> list[SuiteColumn]:
    """The complete suites, and those of which a model has more than half by the suite's own protocol.

    A single data set belongs to several suites and does not tell which one was meant.
    """
    return [
        column
        for column in _on_board(board)
        if any(not column.missing(row) for row in board.rows)
        or (
            column.protocol == column.suite.protocol
            and any(2 * len(column.missing(row)) < len(column.places) for row in board.rows)
        )
    ]


def _on_board(board: Board) -> list[SuiteColumn]:
    """Every suite by every protocol that has measured a part of it."""
    place = {(column.dataset, column.protocol): index for index, column in enumerate(board.columns)}
    found: list[SuiteColumn] = []
    for suite in SUITES.values():
        for protocol in dict.fromkeys(column.protocol for column in board.columns):
            places = tuple(place.get((part.dataset, protocol)) for part in suite.parts)
            here = [board.columns[index].metrics for index in places if index is not None]
            if here:
                shared = [metric for name, metric in here[0].items() if all(name in metrics for metrics in here)]
                found.append(SuiteColumn(suite, protocol, places, tuple(shared)))
    return found


def ranks_of_means(column: SuiteColumn, rows: Sequence[Row], means: Means) -> list[list[int]]:
    """1 for the best and 2 for the second best, among the most models that were measured on the same images."""
    groups: dict[object, list[int]] = {}
    for index, (row, here) in enumerate(zip(rows, means, strict=True)):
        if None not in here:
            images = tuple(row.entries[place].measured_images for place in column.places if place is not None)
            groups.setdefault(images, []).append(index)
    ranks = [[0] * len(column.metrics) for _ in rows]
    peers = max(groups.values(), key=len) if groups else []
    for place, metric in enumerate(column.metrics):
        found = {index: mean for index in peers if (mean := means[index][place]) and mean.mean is not None}
        strengths = {index: metric.better(mean.mean) for index, mean in found.items() if mean.mean is not None}
        levels = sorted({*strengths.values()})[:2]
        for index, strength in strengths.items() if len(strengths) > 1 else ():
            ranks[index][place] = levels.index(strength) + 1 if strength in levels else 0
    return ranks
