"""Time of a call against image size."""

from __future__ import annotations

from collections.abc import Sequence

from ...bench.errors import UsageError
from ...bench.runs.run import Run
from ..tables.costs import find_costs
from .canvas import COLOURS, COLUMN_INCHES, MARKERS, Figure, plain_ticks, short

__all__ = ["draw_scaling"]


def draw_scaling(figure: Figure, runs: Sequence[Run]) -> None:
    """Plot the time of a call against image size, with one line per model and measurement setting."""
    lines: dict[str, list[tuple[float, float]]] = {}
    titles = {run.model: run.info.model.title or run.model for run in runs}
    for model, cost in find_costs(runs).items():
        for point in sorted(cost.times, key=lambda point: point.pixels):
            lines.setdefault(f"{titles[model]}, {point.how}", []).append((point.pixels / 1e6, point.seconds))
    lines = {label: points for label, points in lines.items() if len(points) > 1}
    if not lines:
        raise UsageError(
            "No model was timed at two sizes: run `restorebench profile -m MODEL --size 256x256 512x512` first."
        )
    figure.set_size_inches(COLUMN_INCHES, 2.5)
    axes = figure.add_subplot()
    for place, (label, points) in enumerate(lines.items()):
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, color=colour, marker=marker, markersize=4, linewidth=0.9, label=short(label))
    axes.set_xlabel("Megapixels")
    axes.set_ylabel("Seconds")
    for scale, axis in ((axes.set_xscale, axes.xaxis), (axes.set_yscale, axes.yaxis)):
        scale("log")
        plain_ticks(axis)
    axes.legend(fontsize=6.5, frameon=False)
