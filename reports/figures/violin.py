"""Distribution of a metric over images."""

from __future__ import annotations

import math

from ...bench.errors import UsageError
from ..board.board import Board
from .canvas import COLOURS, COLUMN_INCHES, HATCHES, Figure, short
from .selection import finite_values, first_metric, label, rows_of

__all__ = ["draw_violin"]


def draw_violin(figure: Figure, board: Board, index: int) -> None:
    """Plot the distribution over images, with a diamond at the mean."""
    metric = first_metric(board.columns[index])
    samples = {row.title: finite_values(entry, metric.name) for row, entry in rows_of(board, index)}
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
    axes.set_yticks(places, [short(title) for title in samples])
    axes.set_xlabel(label(board.columns[index]))
