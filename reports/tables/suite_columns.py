"""Columns with the mean of a suite, where a table has all of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...bench.contracts import JsonValue
from ...bench.files.codec import encode_number
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.summary import MetricSummary
from ..board.board import Board
from ..board.numbers import show_number
from ..board.suite_means import complete_suites, ranks_of_means
from .sheet import NumberCell, Sheet, SheetColumn, Signs

__all__ = ["suite_items", "with_suites"]


def with_suites(sheet: Sheet, board: Board, digits: Mapping[str, int]) -> Sheet:
    """Add a group of columns for each suite that some model has all parts of: the mean of the means, and its interval.

    Args:
        sheet: the sheet laid out from the board.
        board: the measured results.
        digits: decimals by metric.
    """
    signs = Signs(sheet.notes)
    for column in complete_suites(board):
        means = column.means(board.rows)
        ranks = ranks_of_means(column, board.rows, means)
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
    for column in complete_suites(board):
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
                        "parts": [part.dataset for part in column.suite.parts],
                        "notes": list[JsonValue](column.notes(row)),
                        "metric_title": metric.title,
                        "unit": metric.unit,
                        "digits": metric.digits,
                        "higher_is_better": metric.higher_is_better,
                        "group": row.group,
                    }


def _cell(
    mean: MetricSummary, metric: MetricFacts, signs: tuple[str, ...], digits: Mapping[str, int], rank: int
) -> NumberCell:
    text = show_number(mean.mean, metric, digits)
    if mean.low is not None and mean.high is not None:
        text = f"{text} [{show_number(mean.low, metric, digits)}, {show_number(mean.high, metric, digits)}]"
    return NumberCell(text, rank, signs)
