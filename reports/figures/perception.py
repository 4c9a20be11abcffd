"""Perception against distortion: two metrics of the same images (Blau and Michaeli, CVPR 2018)."""

from __future__ import annotations

import math

from ...bench.errors import UsageError, did_you_mean
from ...bench.metrics.metric import MetricFacts
from ..board.board import Board, Column, Entry
from .canvas import Figure
from .captions import interval, interval_sentence, left_out, limits, subject
from .scatter import FRONT, Measure, Point, draw_points
from .selection import axis_label, missing_mean, rows_of

__all__ = ["PERCEPTUAL", "draw_perception"]

DISTORTION = "psnr"
PERCEPTUAL = ("lpips", "dists", "niqe")
"""Metrics of perception, the preferred one first."""


def draw_perception(figure: Figure, board: Board, index: int, asked: str) -> list[str]:
    """Draw the models as points: PSNR to the right, a perceptual metric upwards, as papers do.

    Args:
        figure: an empty one, as wide as it shall be.
        board: with all metrics of the runs.
        index: of the column.
        asked: perceptual metric; by default the first of `PERCEPTUAL` that a model has.

    Returns:
        The sentences of the caption.

    Raises:
        UsageError: no model has both metrics.
    """
    column, rows = board.columns[index], rows_of(board, index)
    entries = [entry for _, entry in rows]
    distortion, perception = _metric(column, DISTORTION), _metric(column, asked or _measured(column, entries))
    missing = {
        row.title: reason
        for row, entry in rows
        if (reason := missing_mean(entry, distortion) or missing_mean(entry, perception))
    }
    points = [_point(row.title, entry, distortion, perception) for row, entry in rows if row.title not in missing]
    if not points:
        raise UsageError(f"No model has both {distortion.title} and {perception.title}: {left_out(missing)[0]}")
    draw_points(
        figure,
        points,
        Measure(axis_label(distortion), distortion.higher_is_better),
        Measure(axis_label(perception), perception.higher_is_better),
    )
    titled = {row.title: entry for row, entry in rows if row.title not in missing}
    shown = list(titled.values())
    return [
        subject(column, shown),
        *interval_sentence(shown, perception.name),
        *([FRONT] if len(points) > 1 else []),
        *limits(titled),
        *left_out(missing),
    ]


def _metric(column: Column, name: str) -> MetricFacts:
    if name not in column.metrics:
        raise UsageError(f"No run has the metric {name!r}{did_you_mean(name, column.metrics)}")
    return column.metrics[name]


def _measured(column: Column, entries: list[Entry]) -> str:
    """The first perceptual metric that a model has a mean of."""
    known = [name for name in PERCEPTUAL if name in column.metrics]
    for name in known:
        if any(not missing_mean(entry, column.metrics[name]) for entry in entries):
            return name
    raise UsageError(
        "No model has a mean of a perceptual metric: run or score again with one, such as --metric niqe, or fetch the "
        "weights of LPIPS with `restorebench fetch lpips-alex`."
    )


def _point(title: str, entry: Entry, distortion: MetricFacts, perception: MetricFacts) -> Point:
    x, y = (entry.values[metric.name].summary.mean for metric in (distortion, perception))
    bars = interval(entry, distortion.name), interval(entry, perception.name)
    return Point(title, math.nan if x is None else x, math.nan if y is None else y, *bars)
