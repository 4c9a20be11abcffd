"""Distribution of a metric over images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...bench.errors import UsageError
from ..board.board import Board, Entry
from .canvas import COLOURS, HATCHES, Axes, Figure, short_titles
from .captions import left_out, limits, subject
from .selection import finite_values, first_metric, metric_label, rows_of

__all__ = ["FEWEST_IMAGES", "draw_violin"]

FEWEST_IMAGES = 20
"""Images from which the density of a distribution is drawn; that of fewer would be made up."""

MOST_VECTORS = 500
"""Points of a model up to which each is drawn as a shape of its own; more become pixels, which keep files small."""

SCATTER = 0.13
"""Half the height of a row of points."""


def draw_violin(figure: Figure, board: Board, index: int) -> list[str]:
    """Plot the distribution over images: a density with the images as points below, or points alone for few images.

    Returns:
        The sentences of the caption.

    Raises:
        UsageError: no model has two values.
    """
    metric = first_metric(board.columns[index])
    entries = {row.title: entry for row, entry in rows_of(board, index)}
    values = {title: finite_values(entry, metric.name) for title, entry in entries.items()}
    samples = {title: each for title, each in values.items() if len(each) > 1}
    if not samples:
        raise UsageError(f"No model has {metric.title} for at least two images: evaluate on more images.")
    figure.set_figheight(0.85 + 0.36 * len(samples))
    axes = figure.add_subplot()
    rows = list(zip(range(len(samples), 0, -1), samples.values(), strict=True))
    for number, (place, each) in enumerate(rows):
        _draw_row(axes, number, place, each)
    names = short_titles(list(samples))
    axes.set_yticks([place for place, _ in rows], [names[title] for title in samples])
    axes.set_ylim(0.4, len(samples) + 0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(metric_label(board.columns[index]))
    few = [title for title, each in samples.items() if len(each) < FEWEST_IMAGES]
    density = f"Densities need {FEWEST_IMAGES} images, fewer are shown as points alone."
    missing = {title: f"fewer than two values of {metric.title}" for title in values if title not in samples}
    return [
        subject(board.columns[index], [entries[title] for title in samples]),
        "Diamonds: means of finite values." if _not_drawn(entries, samples, metric.name) else "Diamonds: means.",
        *([density] if few else []),
        *_not_drawn(entries, samples, metric.name),
        *limits({title: entries[title] for title in samples}),
        *left_out(missing),
    ]


def _draw_row(axes: Axes, number: int, place: int, found: Sequence[float]) -> None:
    colour, hatch = COLOURS[number % len(COLOURS)], HATCHES[(number + number // len(COLOURS)) % len(HATCHES)]
    dense = len(found) >= FEWEST_IMAGES and max(found) > min(found)
    level = place - 0.04 if dense else place
    if dense:
        parts: Any = axes.violinplot(
            [found], [level], orientation="horizontal", widths=0.8, showextrema=False, side="high"
        )
        body = parts["bodies"][0]
        body.set(facecolor=colour, edgecolor="black", linewidth=0.5, alpha=0.75)
        body.set_hatch(hatch)
    middle = level - 0.1 - SCATTER if dense else level
    heights = [middle + SCATTER * _spread(order) for order in range(len(found))]
    size, rasterized = max(0.4, 2.2 - len(found) / 400), len(found) > MOST_VECTORS
    axes.plot(found, heights, "o", color=colour, markersize=size, mew=0, alpha=0.7, rasterized=rasterized)
    mean = math.fsum(found) / len(found)
    axes.plot(mean, level, "D", color="white", markeredgecolor="black", markersize=3.5, mew=0.7)


def _spread(order: int) -> float:
    """Heights between -1 and 1 that keep neighbours apart: the fractional parts of multiples of the golden ratio."""
    return 2 * (order * 0.6180339887498949 % 1) - 1


def _not_drawn(entries: Mapping[str, Entry], samples: Mapping[str, Sequence[float]], metric: str) -> list[str]:
    """A sentence about the infinite values, which have no place on the axis."""
    infinite = {title: entries[title].values[metric].summary.infinite for title in samples}
    counts = [f"{title} {count}" for title, count in infinite.items() if count]
    return [f"Not drawn are infinite values, of images identical to their targets: {', '.join(counts)}."] * bool(counts)
