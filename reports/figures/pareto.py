"""Quality against cost, with the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ...bench.errors import UsageError, did_you_mean
from ...bench.runs.run import Run
from ..board.board import Board, Entry
from ..tables.costs import ModelCost, TimePoint, cost_values, find_costs
from .canvas import Figure
from .captions import interval, interval_sentence, left_out, limits, subject
from .scatter import FRONT, Measure, Point, draw_points
from .selection import first_metric, metric_label, missing_mean, rows_of

__all__ = ["draw_pareto"]

TIME = "ms ("
"""Begins the name of a latency, as in `ms (256x256, fp32, cpu)`."""


def draw_pareto(figure: Figure, board: Board, index: int, runs: Sequence[Run], cost: str) -> list[str]:
    """Draw the models as points, and a line through those that no other dominates.

    Returns:
        The sentences of the caption.

    Raises:
        UsageError: no cost was measured, none has the name `cost`, or no model has both the cost and a mean.
    """
    metric = first_metric(board.columns[index])
    rows = rows_of(board, index)
    found = find_costs(runs)
    costs = {row.title: found.get(row.model) for row, _ in rows}
    head = _chosen(costs, cost)
    points: list[Point] = []
    missing: dict[str, str] = {}
    for row, entry in rows:
        reason = missing_mean(entry, metric) or _missing_cost(costs[row.title], head)
        if reason:
            missing[row.title] = reason
        else:
            points.append(_point(row.title, entry, metric.name, costs[row.title], head))
    if not points:
        raise UsageError(f"No model has both {head} and {metric.title}: {left_out(missing)[0]}")
    x = Measure(f"Latency (ms; {head.removeprefix(TIME)}" if head.startswith(TIME) else head, higher_is_better=False)
    draw_points(figure, points, x, Measure(metric_label(board.columns[index]), metric.higher_is_better))
    titled = {row.title: entry for row, entry in rows if row.title not in missing}
    shown = list(titled.values())
    ranges = ["Horizontal bars: 5th to 95th percentile of calls."] if any(point.x_bar for point in points) else []
    return [
        subject(board.columns[index], shown),
        *interval_sentence(shown, metric.name),
        *ranges,
        *([FRONT] if len(points) > 1 else []),
        *limits(titled),
        *left_out(missing),
    ]


def _chosen(costs: Mapping[str, ModelCost | None], asked: str) -> str:
    """The cost to show, named as in tables."""
    unstable = [f"{TIME}{time.name})" for cost in costs.values() if cost for time in cost.times if not time.stable]
    heads = list(dict.fromkeys(head for cost in costs.values() for head in cost_values(cost)))
    if not heads:
        raise UsageError("No cost was measured: run `restorebench profile -m MODEL --out OUT` first.")
    if asked and asked not in heads:
        if asked in unstable:
            raise UsageError(f"Every measurement of {asked} is unstable: profile the models again on an idle machine.")
        raise UsageError(f"No model has the cost {asked!r}{did_you_mean(asked, heads)}")
    return asked or heads[0]


def _missing_cost(cost: ModelCost | None, head: str) -> str:
    """Why a model has no such cost; `""` if it has one."""
    if cost is None:
        return "no cost measured"
    if head in cost_values(cost):
        return ""
    time = _time(cost, head)
    return f"no {head}" if time is None or time.stable else f"{head} is unstable"


def _time(cost: ModelCost, head: str) -> TimePoint | None:
    return next((time for time in cost.times if head == f"{TIME}{time.name})"), None)


def _point(title: str, entry: Entry, metric: str, cost: ModelCost | None, head: str) -> Point:
    mean = entry.values[metric].summary.mean
    time = _time(cost, head) if cost else None
    spread = (time.low * 1e3, time.high * 1e3) if time and time.low is not None and time.high is not None else None
    value = cost_values(cost)[head]
    return Point(title, value, math.nan if mean is None else mean, spread, interval(entry, metric))
