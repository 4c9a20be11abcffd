"""Quality against a numerical option of a model, such as the steps of a sampler."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...bench.errors import UsageError, did_you_mean
from ...bench.registry.specs import Spec, parse_spec
from ..board.board import Board, Entry
from .canvas import HEIGHT, MUTED, Axes, Figure, grow, look, short_titles
from .captions import interval, left_out, limits, subject
from .selection import first_metric, metric_label, missing_mean, rows_of
from .ticks import scale_axis

__all__ = ["draw_sweep"]


@dataclass(frozen=True, slots=True)
class Point:
    """One model of a sweep."""

    value: float
    """Value of the option."""

    mean: float
    low: float
    """Lower end of the interval; the mean itself without one."""

    high: float


def draw_sweep(figure: Figure, board: Board, index: int, option: str) -> list[str]:
    """Draw one line for each model and its other options, with intervals, and the models without the option as levels.

    Returns:
        The sentences of the caption.

    Raises:
        UsageError: the option is not in the names of two models, or it is not clear which one to show.
    """
    column = board.columns[index]
    metric = first_metric(column)
    models = {row.model: (parse_spec(row.model), row.title, entry) for row, entry in rows_of(board, index)}
    option = option or _varying(spec for spec, _, _ in models.values())
    lines: dict[str, list[Point]] = {}
    levels: dict[str, float] = {}
    missing: dict[str, str] = {}
    for spec, title, entry in models.values():
        if reason := missing_mean(entry, metric):
            missing[title] = reason
        point = _point(entry, metric.name, _number(spec.options.get(option)))
        if point is not None and math.isfinite(point.value):
            others = {name: value for name, value in spec.options.items() if name != option}
            lines.setdefault(str(replace(spec, options=others)), []).append(point)
        elif point is not None:
            levels[title] = point.mean
    if not lines:
        names = {name for spec, _, _ in models.values() for name in spec.options}
        raise UsageError(f"No model was run with the option {option!r}{did_you_mean(option, names)}")
    figure.set_figheight(HEIGHT)
    axes = figure.add_subplot()
    axes.set_xlabel(option)
    axes.set_ylabel(metric_label(column))
    scale_axis(axes, "x", [point.value for points in lines.values() for point in points])
    _lines(axes, lines)
    _levels(axes, levels)
    handles, _ = axes.get_legend_handles_labels()
    axes.margins(y=0.1)
    figure.legend(handles=handles, loc="outside upper left", ncols=2, title=_shared(lines), title_fontsize=6.5)
    grow(figure, 10 * math.ceil(1 + len(handles) / 2))
    bars = any(point.high > point.low for points in lines.values() for point in points)
    entries = {title: entry for _, title, entry in models.values() if title not in missing}
    return [
        subject(column, entries.values()),
        *(["Bars: 95 % intervals of the mean."] if bars else []),
        *limits(entries),
        *left_out(missing),
    ]


def _levels(axes: Axes, levels: Mapping[str, float]) -> None:
    """Draw models without the option as dashed lines across."""
    names = short_titles(list(levels))
    dashes = ((4, 2), (1, 1.5), (6, 2, 1, 2), (8, 3))
    for place, (title, mean) in enumerate(levels.items()):
        style = (0, dashes[place % len(dashes)])
        axes.axhline(mean, color=MUTED, linewidth=0.9, linestyle=style, label=names[title])


def _lines(axes: Axes, lines: dict[str, list[Point]]) -> None:
    labels = _labels(lines)
    for place, (name, points) in enumerate(sorted(lines.items())):
        colour, marker = look(place)
        points.sort(key=lambda point: point.value)
        below = [max(0.0, point.mean - point.low) for point in points]
        above = [max(0.0, point.high - point.mean) for point in points]
        axes.errorbar(
            [point.value for point in points],
            [point.mean for point in points],
            yerr=(below, above),
            color=colour,
            marker=marker,
            markersize=4,
            linewidth=0.9,
            elinewidth=0.5,
            capsize=1.5,
            label=labels[name],
        )


def _shared(lines: Iterable[str]) -> str:
    """The name of the model, if all lines are of one."""
    names = {parse_spec(line).name for line in lines}
    return names.pop() if len(names) == 1 else ""


def _labels(lines: Iterable[str]) -> dict[str, str]:
    """What tells each line from the others: without the name, and without the options, that all have."""
    specs = {line: parse_spec(line) for line in lines}
    counts = Counter(option for spec in specs.values() for option in spec.options.items())
    common = {option for option, count in counts.items() if count == len(specs)}
    shared = _shared(specs)
    labels: dict[str, str] = {}
    for line, spec in specs.items():
        own = {name: value for name, value in spec.options.items() if (name, value) not in common}
        words = ", ".join(f"{name}={value}" for name, value in own.items())
        labels[line] = words if shared and words else str(replace(spec, options=own))
    return labels


def _varying(specs: Iterable[Spec]) -> str:
    """The option with the most numerical values among the models.

    Raises:
        UsageError: no option has two values, or two have as many.
    """
    values = {(name, text) for spec in specs for name, text in spec.options.items() if math.isfinite(_number(text))}
    counts = Counter(name for name, _ in values).most_common(2)
    if not counts or counts[0][1] == 1:
        raise UsageError(
            "No option has two values among these models: run some, such as -m 'irsde-nano-derain[steps=5]' and "
            "-m 'irsde-nano-derain[steps=10]'."
        )
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        raise UsageError(f"Both {counts[0][0]} and {counts[1][0]} vary among these models: choose one by --option.")
    return counts[0][0]


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return math.nan


def _point(entry: Entry, metric: str, value: float) -> Point | None:
    found = entry.values.get(metric)
    if found is None or found.summary.mean is None or not math.isfinite(found.summary.mean):
        return None
    mean = found.summary.mean
    return Point(value, mean, *(interval(entry, metric) or (mean, mean)))
