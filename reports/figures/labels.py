"""Names beside the points of a plot, where there is room for all of them, or else in a legend."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .canvas import Axes, Figure, grow

__all__ = ["Mark", "name_points"]

Box: TypeAlias = Any
"""matplotlib's `Bbox`, in pixels of the canvas."""

SIZE = 7
NEAR, FAR = 4.0, 9.0
"""Distances of a name from its point, in points."""

POINT_RADIUS = 3.0
"""Half the width of a marker, in points."""

CLEARANCE = 2.0
"""A name is at least so many times further from other points than from its own."""

SIDES = ((1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))
HORIZONTAL = {1: "left", 0: "center", -1: "right"}
VERTICAL = {1: "bottom", 0: "center", -1: "top"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with a name."""

    x: float
    y: float
    name: str
    handle: Any
    """What matplotlib drew, for a legend."""

    low: float | None = None
    """Lower end of its vertical bar, which names avoid."""

    high: float | None = None


def name_points(figure: Figure, axes: Axes, marks: Sequence[Mark], line: Sequence[tuple[float, float]] = ()) -> None:
    """Write every name beside its point; all of them in a legend above the plot if one has no room.

    Args:
        figure: of the axes.
        axes: with everything else drawn.
        marks: the points.
        line: corners of a line that names avoid.
    """
    figure.draw_without_rendering()  # places the axes
    drawn = [list(_boxes(figure, axes, mark)) for mark in marks]
    taken = [box for boxes in drawn for box in boxes] + list(_along(axes, line))
    written: list[Any] = []
    for mark, own in zip(marks, drawn, strict=True):
        others = [box for boxes in drawn if boxes is not own for box in boxes]
        text = _beside(axes, mark, taken, own, others)
        if text is None:
            for other in written:
                other.remove()
            _legend(figure, marks)
            return
        taken.append(text.get_window_extent())
        written.append(text)
    for text in written:
        text.set_in_layout(False)  # the room that was measured stays as it is


def _beside(axes: Axes, mark: Mark, taken: Sequence[Box], own: Sequence[Box], others: Sequence[Box]) -> Any | None:
    """The name at the first free place around its point that is not near another one; `None` if there is none."""
    inside = axes.get_window_extent()
    for offset, horizontal, vertical in _places():
        text = axes.annotate(
            mark.name,
            (mark.x, mark.y),
            offset,
            textcoords="offset points",
            fontsize=SIZE,
            ha=horizontal,
            va=vertical,
        )
        box = text.get_window_extent()
        fits = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
        clear = CLEARANCE * min(_distance(box, each) for each in own)
        near = any(_distance(box, other) < clear for other in others)
        if fits and not near and not any(box.overlaps(other) for other in taken):
            return text
        text.remove()
    return None


def _distance(one: Box, other: Box) -> float:
    """Gap between two boxes, in pixels, with one added, so that a box that touches is not infinitely nearer."""
    across = max(0.0, one.x0 - other.x1, other.x0 - one.x1)
    up = max(0.0, one.y0 - other.y1, other.y0 - one.y1)
    return 1 + math.hypot(across, up)


def _places() -> Iterator[tuple[tuple[float, float], str, str]]:
    for distance in (NEAR, FAR):
        for right, up in SIDES:
            yield (right * distance, up * distance), HORIZONTAL[right], VERTICAL[up]


def _boxes(figure: Figure, axes: Axes, mark: Mark) -> Iterator[Box]:
    """Marker and bar of a point."""
    from matplotlib.transforms import Bbox

    radius = POINT_RADIUS * figure.dpi / 72
    x, y = axes.transData.transform((mark.x, mark.y))
    yield Bbox.from_extents(x - radius, y - radius, x + radius, y + radius)
    if mark.low is not None and mark.high is not None:
        (_, low), (_, high) = axes.transData.transform([(mark.x, mark.low), (mark.x, mark.high)])
        yield Bbox.from_extents(x - 1, low, x + 1, high)


def _along(axes: Axes, line: Sequence[tuple[float, float]]) -> Iterator[Box]:
    """Small boxes along a line."""
    from matplotlib.transforms import Bbox

    corners = [tuple(corner) for corner in axes.transData.transform(list(line))] if line else []
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        steps = max(1, int(math.hypot(x1 - x0, y1 - y0) / 2))
        for step in range(steps + 1):
            x, y = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
            yield Bbox.from_extents(x - 1, y - 1, x + 1, y + 1)


def _legend(figure: Figure, marks: Sequence[Mark]) -> None:
    columns = max(1, min(3, int(figure.get_figwidth() * 72 / (max(len(mark.name) for mark in marks) * 3.8 + 24))))
    figure.legend(
        [mark.handle for mark in marks],
        [mark.name for mark in marks],
        loc="outside upper left",
        ncols=columns,
        columnspacing=1.0,
    )
    grow(figure, 10 * math.ceil(len(marks) / columns))
