"""One crop of an image as restored by every model."""

from __future__ import annotations

from pathlib import Path

from ...bench.errors import UsageError, did_you_mean
from ...bench.files.images import decode_image
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.pictures import existing_picture
from ..board.board import Board, Entry
from ..board.numbers import show_number
from ..page.pictures import collect_pictures
from .canvas import PAGE_INCHES, Figure, short
from .selection import first_metric, rows_of

__all__ = ["draw_strip"]


def draw_strip(figure: Figure, board: Board, index: int, asked: str, window: tuple[int, int, int, int] | None) -> None:
    """Draw the same crop of one image: degraded, restored by every model, and target."""
    rows = rows_of(board, index)
    gallery = collect_pictures(board, 1_000_000).get(index)
    if gallery is None:
        raise UsageError("These runs kept no pictures: run them again with --save-images worst.")
    known = {picture.key: picture for picture in gallery.pictures}
    selection = gallery.selections.get("disputed") or gallery.selections["worst"]
    key = asked or gallery.pictures[selection[0]].key
    if key not in known:
        raise UsageError(f"No picture of {key!r} was kept{did_you_mean(key, known)}")
    picture, metric = known[key], first_metric(board.columns[index])
    shown: list[tuple[str, Path]] = [("degraded", picture.degraded)]
    for row, entry in rows:
        path = existing_picture(entry.run.restored_folder, key)
        if path is not None:
            shown.append((f"{short(row.title)}\n{_score(entry, key, metric)}", path))
    shown.append(("target", picture.target))
    left, top, width, height = window or (0, 0, picture.width, picture.height)
    box = (left, top, left + width, top + height)
    if left < 0 or top < 0 or box[2] > picture.width or box[3] > picture.height or min(width, height) < 1:
        raise UsageError(
            f"The crop {window} is not inside the image of {picture.width}x{picture.height} pixels: choose a "
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
