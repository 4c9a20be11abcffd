"""The part of a board that a figure shows: one data set by one protocol, and a metric of it."""

from __future__ import annotations

import math

from ...bench.errors import UsageError, did_you_mean
from ...bench.metrics.metric import MetricFacts
from ..board.board import Board, Column, Entry, Row

__all__ = ["axis_label", "column_index", "finite_values", "first_metric", "metric_label", "missing_mean", "rows_of"]


def column_index(board: Board, dataset: str) -> int:
    """Find the column of a data set.

    Raises:
        UsageError: there is none, or the board has several and `dataset` does not choose one.
    """
    names = [column.dataset for column in board.columns]
    found = [index for index, name in enumerate(names) if dataset in ("", name, name.partition("[")[0])]
    if not found:
        raise UsageError(f"There is no run on the data set {dataset!r}{did_you_mean(dataset, set(names))}")
    if len(found) > 1:
        choices = ", ".join(f"{board.columns[index].dataset} by {board.columns[index].protocol}" for index in found)
        raise UsageError(
            f"A figure shows one data set with one protocol, but these runs have {choices}: add --dataset or "
            "--protocol."
        )
    return found[0]


def rows_of(board: Board, index: int) -> list[tuple[Row, Entry]]:
    """Rows with an entry in a column, and the entry."""
    return [(row, row.entries[index]) for row in board.rows if index in row.entries]


def metric_label(column: Column) -> str:
    """Label of an axis with the first metric of a column."""
    return axis_label(first_metric(column))


def axis_label(metric: MetricFacts) -> str:
    """Title, unit and direction of a metric.

    >>> from restorebench.bench.metrics.registry import known_facts
    >>> axis_label(known_facts("psnr"))
    'PSNR (dB) ↑'
    """
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric.title}{unit} {metric.arrow}"


def first_metric(column: Column) -> MetricFacts:
    """Metric that a figure shows."""
    return next(iter(column.metrics.values()))


def finite_values(entry: Entry, metric: str) -> list[float]:
    """Finite values of a metric over the images that were restored."""
    values = (record.metrics.get(metric) for record in entry.run.records if record.status == "ok")
    return [value for value in values if value is not None and math.isfinite(value)]


def missing_mean(entry: Entry, metric: MetricFacts) -> str:
    """Why a model has no mean that can be drawn; `""` if it has one."""
    value = entry.values.get(metric.name)
    if value is None or value.summary.mean is None:
        return f"no {metric.title}"
    return "" if math.isfinite(value.summary.mean) else f"{metric.title} is infinite"
