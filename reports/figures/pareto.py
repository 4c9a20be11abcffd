"""Quality against cost, with the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...bench.errors import UsageError, did_you_mean
from ...bench.runs.run import Run
from ..board.board import Board
from ..tables.costs import cost_texts, find_costs
from .canvas import COLOURS, COLUMN_INCHES, MARKERS, Axes, Figure, plain_ticks, short
from .selection import first_metric, label, rows_of

__all__ = ["draw_pareto"]


def draw_pareto(figure: Figure, board: Board, index: int, runs: Sequence[Run], cost: str) -> None:
    """Draw the models as points, and a line through those that no other dominates.

    Raises:
        UsageError: no cost was measured, or none has the name `cost`.
    """
    figure.set_size_inches(COLUMN_INCHES, 2.5)
    metric = first_metric(board.columns[index])
    costs = find_costs(runs)
    texts = {row.title: cost_texts(costs.get(row.model)) for row, _ in rows_of(board, index)}
    heads = list(dict.fromkeys(head for text in texts.values() for head in text))
    if not heads:
        raise UsageError("No cost was measured: run `restorebench profile -m MODEL --out OUT` first.")
    head = cost or heads[0]
    if head not in heads:
        raise UsageError(f"No model has the cost {head!r}{did_you_mean(head, heads)}")
    points = [
        (float(texts[row.title][head]), mean, row.title)
        for row, entry in rows_of(board, index)
        if head in texts[row.title]
        and (mean := entry.values[metric.name].summary.mean if metric.name in entry.values else None) is not None
        and math.isfinite(mean)
    ]
    axes = figure.add_subplot()
    axes.set_xlabel(head)
    axes.set_ylabel(label(board.columns[index]))
    axes.margins(0.16)
    if points and min(x for x, _, _ in points) > 0:
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    _front(axes, points, higher=metric.higher_is_better)
    for place, (x, y, title) in enumerate(points):
        marker = MARKERS[place % len(MARKERS)]
        axes.plot(x, y, marker, color=COLOURS[place % len(COLOURS)], markersize=5, markeredgecolor="black", mew=0.4)
        axes.annotate(short(title), (x, y), (4, 4), textcoords="offset points", fontsize=7)


def _front(axes: Axes, points: Sequence[tuple[float, float, str]], *, higher: bool) -> None:
    """Draw the Pareto front: a line through the models not dominated by any other."""
    best: list[tuple[float, float]] = []
    for x, y, _ in sorted(points, key=lambda point: (point[0], -point[1] if higher else point[1])):
        if not best or (y > best[-1][1] if higher else y < best[-1][1]):
            best.append((x, y))
    axes.plot([x for x, _ in best], [y for _, y in best], color="#888888", linewidth=0.8, zorder=1)
