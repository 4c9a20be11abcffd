"""A magnified crop of one image as restored by every model, beside the whole image."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from ...bench.contracts import UInt8Image
from ...bench.errors import UsageError
from ...bench.metrics.metric import MetricFacts
from ..board.board import Board, Entry
from ..board.numbers import show_number
from .canvas import Axes, Figure, line_length
from .crops import most_different_crop
from .selection import first_metric, rows_of
from .strip_image import IDENTITY, StripImage, open_image

__all__ = ["draw_strip"]

Window = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

BOX = "#E69F00"
"""Colour of the crop's frame, visible on most photographs."""

TITLE = 6.5
"""Size of the letters below a picture."""

LINE = TITLE * 1.2 / 72
"""Height of a line of them, in inches."""

GAP = 0.05
"""Inches between pictures."""

MOST_IN_ONE_ROW, MOST_IN_TWO = 3, 8
WIDEST_WHOLE = 0.42
"""Largest share of the width for the whole image."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One crop and the lines below it."""

    pixels: UInt8Image
    title: str
    score: str = ""

    def lines(self, inches: float) -> list[str]:
        """Title and score, wrapped to a width."""
        wrapped = textwrap.wrap(self.title.replace(",", ", "), line_length(inches, TITLE))  # options too can be broken
        return [*wrapped, *([self.score] if self.score else [])]


def draw_strip(figure: Figure, board: Board, index: int, asked: str, window: Window | None) -> list[str]:
    """Draw the same crop of one image: degraded, restored by every model, and target.

    Args:
        figure: an empty one, as wide as it shall be.
        board: with the runs.
        index: of the column.
        asked: key of the image; `""` for the one on which models differ most, of those that all have.
        window: the crop; by default where the pictures differ most.

    Returns:
        The sentences of the caption.

    Raises:
        UsageError: there is no image of which all models kept a picture, or the crop is not inside it.
    """
    rows = rows_of(board, index)
    metric = first_metric(board.columns[index])
    entries = {row.title: entry for row, entry in rows if row.model != IDENTITY}
    if not entries:
        raise UsageError("These runs have only the degraded images: give runs of models.")
    image = open_image({title: entry.run for title, entry in entries.items()}, metric, asked)
    window = _checked(window, image) if window else _chosen(image)
    degraded = next((_score(entry, image.key, metric) for row, entry in rows if row.model == IDENTITY), "")
    panels = [
        Panel(_cut(image.degraded, window), "Input", degraded),
        *(
            Panel(_cut(picture, window), title, _score(entries[title], image.key, metric))
            for title, picture in image.restored.items()
        ),
        Panel(_cut(image.target, window), "Target"),
    ]
    whole = None if window[2:] == image.target.shape[1::-1] else image.degraded
    column = board.columns[index]
    note = f"{image.key} of {column.title}\n{metric.title} by {column.protocol}"
    _draw(figure, (whole, note), window, panels)
    left, top, wide, tall = window
    return [f"{image.key} of {column.title}, {column.protocol}; the crop is {wide}x{tall} pixels at ({left}, {top})."]


def _checked(window: Window, image: StripImage) -> Window:
    left, top, wide, tall = window
    height, width = image.target.shape[:2]
    if min(left, top) < 0 or min(wide, tall) < 1 or left + wide > width or top + tall > height:
        raise UsageError(f"The crop {window} is not inside the image of {width}x{height} pixels: choose a smaller one.")
    return window


def _chosen(image: StripImage) -> Window:
    pictures = list(image.restored.values())
    return most_different_crop(pictures if len(pictures) > 1 else [*pictures, image.target])


def _cut(pixels: UInt8Image, window: Window) -> UInt8Image:
    left, top, wide, tall = window
    return pixels[top : top + tall, left : left + wide]


def _score(entry: Entry, key: str, metric: MetricFacts) -> str:
    values = (record.metrics.get(metric.name) for record in entry.run.records if record.key == key)
    unit = f" {metric.unit}" if metric.unit else ""
    return (
        f"{show_number(next(values, None), metric)}{unit}"
        if unit
        else f"{metric.title} {show_number(next(values, None), metric)}"
    )


def _draw(figure: Figure, noted: tuple[UInt8Image | None, str], window: Window, panels: Sequence[Panel]) -> None:
    """Place the whole image, if there is one, on the left, as high as the grid of crops on the right."""
    whole, note = noted
    width, count = figure.get_figwidth(), len(panels)
    rows = 1 if count <= MOST_IN_ONE_ROW else 2 if count <= MOST_IN_TWO else 3
    columns = math.ceil(count / rows)
    aspect = window[2] / window[3]
    side = 0.0 if whole is None else whole.shape[1] / whole.shape[0]
    below = 2 * LINE
    across = 0.0
    for _ in range(3):  # the lines below a picture depend on its width, and the width on them
        room = width - (columns + 1) * GAP
        across = max(
            (room - rows * below * side) / (rows * side / aspect + columns), room * (1 - WIDEST_WHOLE) / columns
        )
        below = max(len(panel.lines(across)) for panel in panels) * LINE + GAP
    tall = across / aspect + below
    figure.set_layout_engine("none")
    figure.set_figheight(rows * tall)
    left = width - columns * (across + GAP)
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        x, y = left + column * (across + GAP), (rows - row) * tall - across / aspect
        axes = _axes(figure, (x, y, across, across / aspect), panel.pixels)
        _write(axes, "\n".join(panel.lines(across)))
        for spine in axes.spines.values():
            spine.set(visible=whole is not None, edgecolor=BOX, linewidth=0.8)
    if whole is not None:
        high = min(rows * tall - below, (left - GAP) / side)
        axes = _axes(figure, (0.0, rows * tall - high, high * side, high), whole)
        _mark(axes, window)
        _write(axes, note)


def _axes(figure: Figure, inches: tuple[float, float, float, float], pixels: UInt8Image) -> Axes:
    width, height = figure.get_size_inches()
    x, y, across, up = inches
    axes = figure.add_axes((x / width, y / height, across / width, up / height))
    axes.imshow(pixels, interpolation="nearest", aspect="auto")
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _write(axes: Axes, text: str) -> None:
    axes.annotate(
        text,
        (0.5, 0),
        (0, -2),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=TITLE,
        linespacing=1.1,
    )


def _mark(axes: Axes, window: Window) -> None:
    from matplotlib.patches import Rectangle

    left, top, wide, tall = window
    for colour, thickness in (("black", 1.8), (BOX, 1.0)):
        box = Rectangle((left - 0.5, top - 0.5), wide, tall, fill=False, edgecolor=colour, linewidth=thickness)
        axes.add_patch(box)
