"""Time of a call against image size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ...bench.errors import UsageError
from ...bench.profiling.cost import exponent
from ...bench.runs.run import Run
from ..tables.costs import TimePoint, find_costs
from .canvas import HEIGHT, Axes, Figure, grow, look, short_titles
from .captions import left_out
from .ticks import scale_axis, size_ticks

__all__ = ["draw_scaling"]

Lines = dict[tuple[str, str], list[TimePoint]]
"""Times by title of the model and measurement setting, the smallest image first."""


def draw_scaling(figure: Figure, runs: Sequence[Run]) -> list[str]:
    """Plot the time of a call against image size, with one line per model and measurement setting.

    Returns:
        The sentences of the caption.

    Raises:
        UsageError: no model was timed at two sizes.
    """
    titles = {run.model: run.info.model.title or run.model for run in runs}
    costs = find_costs(runs)
    lines: Lines = {}
    for model, cost in costs.items():
        for point in sorted(cost.times, key=lambda point: point.pixels):
            lines.setdefault((titles[model], point.how), []).append(point)
    single = {title for title, _ in lines}
    lines = {line: points for line, points in lines.items() if len({point.pixels for point in points}) > 1}
    if not lines:
        raise UsageError(
            "No model was timed at two sizes: run `restorebench profile -m MODEL --size 256x256 512x512` first."
        )
    figure.set_figheight(HEIGHT)
    _draw(figure, lines)
    drawn = {title for title, _ in lines}
    missing = {title: "not timed" for title in titles.values() if title not in single}
    missing |= {title: "timed at one size" for title in single if title not in drawn}
    settings = {how for _, how in lines}
    points = [point for each in lines.values() for point in each]
    return [
        f"Median of calls{f', {settings.pop()}' if len(settings) == 1 else ''}.",
        *(["Bars: 5th to 95th percentile."] if any(point.low is not None for point in points) else []),
        *(["Hollow: unstable measurements."] if any(not point.stable for point in points) else []),
        *(["No exponent without two stable sizes."] if any(_growth(each) is None for each in lines.values()) else []),
        *left_out(missing),
    ]


def _growth(times: Sequence[TimePoint]) -> float | None:
    """Exponent of pixels, from stable measurements alone."""
    return exponent([(point.pixels, point.seconds) for point in times if point.stable])


def _draw(figure: Figure, lines: Lines) -> None:
    points = [point for each in lines.values() for point in each]
    unit, scale = ("s", 1.0) if min(point.seconds for point in points) >= 1 else ("ms", 1e3)
    axes = figure.add_subplot()
    names = _names(lines)
    for place, (line, times) in enumerate(lines.items()):
        _draw_line(axes, place, names[line], times, scale)
    axes.set_ylabel(f"Time of a call ({unit})")
    pixels = {point.pixels: point.size for point in sorted(points, key=lambda point: point.pixels)}
    axes.set_xscale("log")
    axes.set_yscale("log")
    scale_axis(axes, "y", [scale * point.seconds for point in points])
    if size_ticks(axes.xaxis, {number / 1e6: size for number, size in pixels.items()}):
        axes.set_xlabel("Image size (pixels)")
    else:
        scale_axis(axes, "x", [each / 1e6 for each in pixels])
        axes.set_xlabel("Megapixels")
    axes.margins(0.08)
    figure.legend(loc="outside upper left", ncols=2, columnspacing=1.0)
    grow(figure, 10 * math.ceil(len(lines) / 2))


def _draw_line(axes: Axes, place: int, name: str, times: Sequence[TimePoint], scale: float) -> None:
    colour, marker = look(place)
    xs, ys = [point.pixels / 1e6 for point in times], [scale * point.seconds for point in times]
    growth = _growth(times)
    label = name if growth is None else f"{name}: pixels^{growth:.2f}"
    axes.plot(xs, ys, color=colour, linewidth=0.9, marker=marker, markersize=4, label=label)
    for x, y, point in zip(xs, ys, times, strict=True):
        if not point.stable:
            axes.plot(x, y, marker, markersize=4, markerfacecolor="white", markeredgecolor=colour, zorder=3)
        if point.low is not None and point.high is not None:
            axes.vlines(x, scale * point.low, scale * point.high, color=colour, linewidth=0.9, zorder=1)


def _names(lines: Mapping[tuple[str, str], object]) -> dict[tuple[str, str], str]:
    """Titles, with the setting where it differs between lines."""
    titles = short_titles(list(dict.fromkeys(title for title, _ in lines)))
    alike = len({how for _, how in lines}) == 1
    return {(title, how): titles[title] if alike else f"{titles[title]}, {how}" for title, how in lines}
