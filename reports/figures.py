"""Figures for papers: one column wide, with selectable text, distinguishable without colour."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ..bench.errors import UsageError, did_you_mean
from ..bench.files.figures import save_figure
from ..bench.files.images import decode_image
from ..bench.metrics.metric import MetricFacts
from ..bench.runs.pictures import existing_picture
from ..bench.runs.run import Run
from .board.board import Board, Column, Entry, Row, build_board
from .board.numbers import show_number
from .tables.costs import cost_texts, find_costs

__all__ = ["COLUMN_INCHES", "FigureKind", "FigureOptions", "draw_figure"]

Figure: TypeAlias = Any
Axes: TypeAlias = Any
"""matplotlib's own annotations are partly unknown to a strict checker."""

FigureKind = Literal["pareto", "strip", "violin", "scaling"]

COLUMN_INCHES = 3.45
"""Width of a column in a two-column paper; a strip spans both columns and the gap."""

PAGE_INCHES = 7.16

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito's colour-blind-safe palette; markers and hatches distinguish models in greyscale."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "+++", "ooo")
STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.linewidth": 0.3,
    "grid.color": "#cccccc",
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "pdf.fonttype": 42,  # TrueType: text stays text
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "restorebench",
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # keep dollar signs in names
}


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """Content of a figure."""

    dataset: str = ""
    """Name of the data set; optional if the runs have only one."""

    metric: str = ""
    """Metric to show; by default the first of the protocol."""

    cost: str = ""
    """Cost, named as in tables: `Params (M)`; by default the first that was measured."""

    key: str = ""
    """Key of the image in a strip; by default the most disputed one."""

    crop: tuple[int, int, int, int] | None = None
    """Left, top, width and height in pixels; by default the whole image."""


def draw_figure(runs: Sequence[Run], kind: FigureKind, out: Path, options: FigureOptions | None = None) -> Path:
    """Draw a figure in the format given by the file's suffix: pdf, svg, eps, png.

    Raises:
        UsageError: the runs lack the data set, metric, cost or image, or the file format is unknown.
    """
    chosen = options or FigureOptions()
    if kind == "scaling":
        with _figure(out) as figure:
            _scaling(figure, runs)
        return out
    board = build_board(runs, [chosen.metric] if chosen.metric else ())
    index = _column_index(board, chosen.dataset)
    if not board.columns[index].metrics:
        known = [metric for run in runs for metric in run.info.protocol.metrics]
        raise UsageError(f"No run has the metric {chosen.metric!r}{did_you_mean(chosen.metric, set(known))}")
    with _figure(out) as figure:
        if kind == "pareto":
            _pareto(figure, board, index, runs, chosen.cost)
        elif kind == "violin":
            _violin(figure, board, index)
        else:
            _strip(figure, board, index, chosen)
    return out


@contextmanager
def _figure(out: Path) -> Generator[Figure]:
    """Yield a figure and save it when the block ends."""
    import importlib

    from matplotlib.figure import Figure as Canvas

    library: Any = importlib.import_module("matplotlib")
    library.use("Agg")
    with library.rc_context(STYLE):
        figure: Figure = Canvas()
        kinds = figure.canvas.get_supported_filetypes()
        if out.suffix[1:].lower() not in kinds:
            raise UsageError(f"{out} has no suffix of a figure: use one of {', '.join(sorted(kinds))}.")
        yield figure
        # Without dates, the same runs give the same bytes.
        dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(out.suffix[1:].lower())
        save_figure(figure, out, metadata=dates, dpi=300)


def _column_index(board: Board, dataset: str) -> int:
    names = [column.dataset for column in board.columns]
    found = [index for index, name in enumerate(names) if dataset in ("", name, name.partition("[")[0])]
    if not found:
        raise UsageError(f"There is no run on the data set {dataset!r}{did_you_mean(dataset, set(names))}")
    if len(found) > 1:
        choices = ", ".join(f"{board.columns[index].dataset} by {board.columns[index].protocol}" for index in found)
        raise UsageError(
            f"A figure shows one data set with one protocol, but these runs have {choices}: add --dataset or "
            "--protocol."
        )
    return found[0]


def _rows(board: Board, index: int) -> list[tuple[Row, Entry]]:
    return [(row, row.entries[index]) for row in board.rows if index in row.entries]


def _label(column: Column) -> str:
    metric = _first_metric(column)
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric.title}{unit} {metric.arrow} on {column.title}"


def _first_metric(column: Column) -> MetricFacts:
    return next(iter(column.metrics.values()))


def _pareto(figure: Figure, board: Board, index: int, runs: Sequence[Run], cost: str) -> None:
    figure.set_size_inches(COLUMN_INCHES, 2.5)
    metric = _first_metric(board.columns[index])
    costs = find_costs(runs)
    texts = {row.title: cost_texts(costs.get(row.model)) for row, _ in _rows(board, index)}
    heads = list(dict.fromkeys(head for text in texts.values() for head in text))
    if not heads:
        raise UsageError("No cost was measured: run `restorebench profile -m MODEL --out OUT` first.")
    head = cost or heads[0]
    if head not in heads:
        raise UsageError(f"No model has the cost {head!r}{did_you_mean(head, heads)}")
    points = [
        (float(texts[row.title][head]), mean, row.title)
        for row, entry in _rows(board, index)
        if head in texts[row.title]
        and (mean := entry.values[metric.name].summary.mean if metric.name in entry.values else None) is not None
        and math.isfinite(mean)
    ]
    axes = figure.add_subplot()
    axes.set_xlabel(head)
    axes.set_ylabel(_label(board.columns[index]))
    axes.margins(0.16)
    if points and min(x for x, _, _ in points) > 0:
        axes.set_xscale("log")
        _plain_ticks(axes.xaxis)
    _front(axes, points, higher=metric.higher_is_better)
    for place, (x, y, title) in enumerate(points):
        marker = MARKERS[place % len(MARKERS)]
        axes.plot(x, y, marker, color=COLOURS[place % len(COLOURS)], markersize=5, markeredgecolor="black", mew=0.4)
        axes.annotate(_short(title), (x, y), (4, 4), textcoords="offset points", fontsize=7)


def _scaling(figure: Figure, runs: Sequence[Run]) -> None:
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
        axes.plot(xs, ys, color=colour, marker=marker, markersize=4, linewidth=0.9, label=_short(label))
    axes.set_xlabel("Megapixels")
    axes.set_ylabel("Seconds")
    for scale, axis in ((axes.set_xscale, axes.xaxis), (axes.set_yscale, axes.yaxis)):
        scale("log")
        _plain_ticks(axis)
    axes.legend(fontsize=6.5, frameon=False)


def _plain_ticks(axis: Any) -> None:
    """Set ticks of a logarithmic axis at 1, 2 and 5, with plain numbers."""
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FormatStrFormatter("%g"))
    axis.set_minor_formatter(NullFormatter())


def _front(axes: Axes, points: Sequence[tuple[float, float, str]], *, higher: bool) -> None:
    """Draw the Pareto front: a line through the models not dominated by any other."""
    best: list[tuple[float, float]] = []
    for x, y, _ in sorted(points, key=lambda point: (point[0], -point[1] if higher else point[1])):
        if not best or (y > best[-1][1] if higher else y < best[-1][1]):
            best.append((x, y))
    axes.plot([x for x, _ in best], [y for _, y in best], color="#888888", linewidth=0.8, zorder=1)


def _violin(figure: Figure, board: Board, index: int) -> None:
    """Plot the distribution over images, with a diamond at the mean."""
    metric = _first_metric(board.columns[index])
    samples = {row.title: _finite(entry, metric.name) for row, entry in _rows(board, index)}
    samples = {title: values for title, values in samples.items() if len(values) > 1}
    if not samples:
        raise UsageError(f"No model has {metric.title} for at least two images: evaluate on more images.")
    figure.set_size_inches(COLUMN_INCHES, 0.7 + 0.36 * len(samples))
    axes = figure.add_subplot()
    places = list(range(len(samples), 0, -1))
    parts = axes.violinplot(list(samples.values()), places, orientation="horizontal", widths=0.8, showextrema=False)
    for number, body in enumerate(parts["bodies"]):
        body.set(facecolor=COLOURS[number % len(COLOURS)], edgecolor="black", linewidth=0.5, alpha=0.75)
        body.set_hatch(HATCHES[number % len(HATCHES)])
    for place, values in zip(places, samples.values(), strict=True):
        axes.plot(math.fsum(values) / len(values), place, "D", color="white", markeredgecolor="black", markersize=3.5)
    axes.set_yticks(places, [_short(title) for title in samples])
    axes.set_xlabel(_label(board.columns[index]))


def _finite(entry: Entry, metric: str) -> list[float]:
    values = (record.metrics.get(metric) for record in entry.run.records if record.status == "ok")
    return [value for value in values if value is not None and math.isfinite(value)]


def _strip(figure: Figure, board: Board, index: int, options: FigureOptions) -> None:
    """Draw the same crop of one image: degraded, restored by every model, and target."""
    from .page.pictures import collect_pictures

    rows = _rows(board, index)
    gallery = collect_pictures(board, 1_000_000).get(index)
    if gallery is None:
        raise UsageError("These runs kept no pictures: run them again with --save-images worst.")
    known = {picture.key: picture for picture in gallery.pictures}
    selection = gallery.selections.get("disputed") or gallery.selections["worst"]
    key = options.key or gallery.pictures[selection[0]].key
    if key not in known:
        raise UsageError(f"No picture of {key!r} was kept{did_you_mean(key, known)}")
    picture, metric = known[key], _first_metric(board.columns[index])
    shown: list[tuple[str, Path]] = [("degraded", picture.degraded)]
    for row, entry in rows:
        path = existing_picture(entry.run.restored_folder, key)
        if path is not None:
            shown.append((f"{_short(row.title)}\n{_score(entry, key, metric)}", path))
    shown.append(("target", picture.target))
    left, top, width, height = options.crop or (0, 0, picture.width, picture.height)
    box = (left, top, left + width, top + height)
    if left < 0 or top < 0 or box[2] > picture.width or box[3] > picture.height or min(width, height) < 1:
        raise UsageError(
            f"The crop {options.crop} is not inside the image of {picture.width}x{picture.height} pixels: choose a "
            "smaller one."
        )
    side = PAGE_INCHES / len(shown)
    figure.set_size_inches(PAGE_INCHES, side * height / width + 0.36)
    for place, (title, path) in enumerate(shown, start=1):
        axes = figure.add_subplot(1, len(shown), place)
        pixels = decode_image(path, str(path))
        axes.imshow(pixels[box[1] : box[3], box[0] : box[2]], interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(title, fontsize=6.5, pad=2)


def _score(entry: Entry, key: str, metric: MetricFacts) -> str:
    values = (record.metrics.get(metric.name) for record in entry.run.records if record.key == key)
    return f"{metric.title} {show_number(next(values, None), metric)}"


def _short(title: str) -> str:
    return title if len(title) <= 28 else f"{title[:27]}…"  # noqa: PLR2004 -- width of a column
