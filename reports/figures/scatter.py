"""Points of models in a plane, with bars, names, and the front of those that no other dominates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .canvas import HEIGHT, Axes, Figure, look, short_titles
from .labels import Mark, name_points
from .ticks import scale_axis

__all__ = ["FRONT", "Measure", "Point", "draw_points"]

FRONT = "Line: the models that no other one beats on both axes."
"""Sentence of the caption; of a single model there is no line."""

Bar = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Measure:
    """What an axis shows."""

    label: str
    higher_is_better: bool
    """Decides which points dominate others."""


@dataclass(frozen=True, slots=True)
class Point:
    """One model."""

    title: str
    x: float
    y: float
    x_bar: Bar = None
    """Lower and upper end of its horizontal bar."""

    y_bar: Bar = None


def draw_points(figure: Figure, points: Sequence[Point], x: Measure, y: Measure) -> None:
    """Draw models as points with bars and names, and a line through those that no other dominates.

    Args:
        figure: an empty one, as wide as it shall be.
        points: at least one.
        x: of the horizontal axis.
        y: of the vertical axis.
    """
    figure.set_figheight(HEIGHT)
    axes = figure.add_subplot()
    axes.set_xlabel(x.label)
    axes.set_ylabel(y.label)
    axes.margins(0.12)
    scale_axis(axes, "x", [value for point in points for value in (point.x_bar or (point.x,))])
    scale_axis(axes, "y", [1.0])
    front = _front(points, x, y)
    axes.plot(*zip(*front, strict=True), color="#888888", linewidth=0.8, zorder=1)
    names = short_titles([point.title for point in points])
    marks = [_drawn(axes, place, point, names[point.title]) for place, point in enumerate(points)]
    name_points(figure, axes, marks, front)


def _drawn(axes: Axes, place: int, point: Point, name: str) -> Mark:
    colour, marker = look(place)
    for bar, value, draw in ((point.x_bar, point.y, axes.hlines), (point.y_bar, point.x, axes.vlines)):
        if bar is not None:
            draw(value, *bar, color=colour, linewidth=0.9, zorder=2)
    line = axes.plot(point.x, point.y, marker, color=colour, markersize=5, markeredgecolor="black", mew=0.4, zorder=3)
    low, high = point.y_bar or (None, None)
    return Mark(point.x, point.y, name, line[0], low, high)


def _front(points: Sequence[Point], x: Measure, y: Measure) -> list[tuple[float, float]]:
    """The Pareto front: the models not dominated by any other."""
    across, up = (-1 if measure.higher_is_better else 1 for measure in (x, y))  # then less is better in both
    best: list[Point] = []
    for point in sorted(points, key=lambda point: (across * point.x, up * point.y)):
        if not best or up * point.y < up * best[-1].y:
            best.append(point)
    return [(point.x, point.y) for point in best]
