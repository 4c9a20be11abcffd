"""The section of the page with the means of suites."""

from __future__ import annotations

from collections.abc import Sequence

from ...bench.metrics.metric import MetricFacts
from ...bench.runs.summary import MetricSummary
from ..board.board import Board
from ..board.numbers import show_number
from ..board.suite_means import SuiteColumn, ranks_of_means, suites_of
from ..tables.sheet import Signs

__all__ = ["suite_sections"]


def suite_sections(board: Board) -> list[dict[str, object]]:
    """One section per suite: a row for each model that has a part of it, and what the row lacks."""
    return [_section(column, board) for column in suites_of(board)]


def _section(column: SuiteColumn, board: Board) -> dict[str, object]:
    size, titles = len(column.suite.parts), {each.dataset: each.title for each in board.columns}
    indices = [index for index, row in enumerate(board.rows) if len(column.missing(row)) < size]
    rows = [board.rows[index] for index in indices]
    means = column.means(rows)
    ranks = ranks_of_means(column, rows, means)
    signs = Signs()
    lines = [
        {
            "index": index,
            "title": row.title,
            "missing": column.missing(row),
            "cells": _cells(column, here, own, signs.of(column.notes(row)) if None not in here else ()),
        }
        for index, row, here, own in zip(indices, rows, means, ranks, strict=True)
    ]
    return {
        "title": column.suite.title,
        "name": column.suite.name,
        "protocol": column.protocol,
        "parts": [titles.get(part.dataset, part.dataset) for part in column.suite.parts],
        "metrics": [metric.heading for metric in column.metrics],
        "rows": lines,
        "incomplete": any(line["missing"] for line in lines),
        "notes": signs.notes(),
    }


def _cells(
    column: SuiteColumn, means: Sequence[MetricSummary | None], ranks: Sequence[int], signs: tuple[str, ...]
) -> list[dict[str, object]]:
    return [
        {
            "text": "" if mean is None else show_number(mean.mean, metric, {}),
            "interval": "" if mean is None else _interval(mean, metric),
            "rank": rank,
            "signs": signs if mean is not None else (),
        }
        for mean, metric, rank in zip(means, column.metrics, ranks, strict=True)
    ]


def _interval(mean: MetricSummary, metric: MetricFacts) -> str:
    if mean.low is None or mean.high is None:
        return f"n = {mean.n}"
    return f"[{mean.low:.{metric.finer}f}, {mean.high:.{metric.finer}f}] n = {mean.n}"
