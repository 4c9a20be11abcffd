"""The pictures of a report: which images are worth showing, and their copies inside the report's folder.

Runs keep `OUT/<dataset>/<model>/restored/<key>.png`, and once per data set `OUT/<dataset>/images/degraded/<key>.png`
and `OUT/<dataset>/images/target/<key>.png`. Models with a physics layer keep `fields/<key>.npz` besides.
"""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...bench.models.physics.maps import fields_path
from ...bench.runs.pictures import picture_path
from ...bench.runs.run import IMAGES_FOLDER, Run
from ..board.board import Board
from ..board.metric_style import MetricStyle, style_of
from ..physics.field_panels import FieldPanels, draw_panels

__all__ = [
    "Gallery",
    "Picture",
    "collect_pictures",
    "copy_pictures",
    "count_pictures",
    "encoded_megabytes",
    "with_fields",
]

BLOCK = 24
"""Side in pixels of the blocks in which pictures are compared: about what an eye takes in."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One image with everything that is kept of it."""

    key: str
    width: int
    height: int
    degraded: Path
    target: Path
    restored: Mapping[int, Path]
    """By position of the row."""

    focus: tuple[int, int] | None = None
    """Where the restored pictures differ most: x and y in pixels; `None` where nobody looked."""

    fields: Mapping[int, FieldPanels] = field(default_factory=dict[int, FieldPanels])
    """What physics layers did to it, by position of the row."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures of one column, and the selections among them."""

    pictures: tuple[Picture, ...]
    selections: Mapping[str, tuple[int, ...]]
    """`worst`, `best`, `median`, `disputed`: positions in `pictures`."""


def collect_pictures(board: Board, size: int) -> dict[int, Gallery]:
    """The worst, best, median and most disputed images of each column, up to `size` of each, where they were kept."""
    galleries: dict[int, Gallery] = {}
    for index, column in enumerate(board.columns):
        runs = {place: row.entries[index].run for place, row in enumerate(board.rows) if index in row.entries}
        kept = _kept(runs)
        if kept and column.metrics and size > 0:
            galleries[index] = _gallery(kept, runs, column.metrics[0], size)
    return galleries


def copy_pictures(galleries: Mapping[int, Gallery], folder: Path) -> dict[int, Gallery]:
    """Copy every picture into `folder` under a number of its own; returns the galleries of the copies."""
    copies: dict[int, Gallery] = {}
    for column, gallery in galleries.items():
        place = folder / str(column)
        place.mkdir(parents=True, exist_ok=True)
        pictures = tuple(_copy(picture, place, number) for number, picture in enumerate(gallery.pictures))
        copies[column] = Gallery(pictures, gallery.selections)
    return copies


def with_fields(galleries: Mapping[int, Gallery], board: Board, folder: Path) -> dict[int, Gallery]:
    """The galleries with drawings, made in `folder`, of the fields that runs of physics models kept.

    Raises:
        RunFolderError: kept fields are damaged.
    """
    drawn: dict[int, Gallery] = {}
    for column, gallery in galleries.items():
        runs = {row: board.rows[row].entries[column].run for picture in gallery.pictures for row in picture.restored}
        pictures = tuple(
            replace(picture, fields=_fields(picture, runs, folder / str(column) / str(number)))
            for number, picture in enumerate(gallery.pictures)
        )
        drawn[column] = replace(gallery, pictures=pictures)
    return drawn


def count_pictures(galleries: Mapping[int, Gallery]) -> int:
    """Pictures in all galleries together, without drawings of fields."""
    return sum(len(_files(picture)) for gallery in galleries.values() for picture in gallery.pictures)


def encoded_megabytes(galleries: Mapping[int, Gallery]) -> float:
    """Their size inside a page: base64 makes four characters of three bytes."""
    pictures = (picture for gallery in galleries.values() for picture in gallery.pictures)
    files = (path for picture in pictures for path in (*_files(picture), *_drawings(picture)))
    return sum(path.stat().st_size for path in files) * 4 / 3 / 1e6


def _files(picture: Picture) -> tuple[Path, ...]:
    return picture.degraded, picture.target, *picture.restored.values()


def _drawings(picture: Picture) -> list[Path]:
    return [path for panels in picture.fields.values() for path in panels.files.values()]


def _fields(picture: Picture, runs: Mapping[int, Run], stem: Path) -> dict[int, FieldPanels]:
    paths = {row: fields_path(runs[row].path, picture.key) for row in picture.restored}
    return {
        row: draw_panels(path, picture.width, picture.height, stem.with_name(f"{stem.name}-{row}"))
        for row, path in paths.items()
        if path.is_file()
    }


def _copy(picture: Picture, place: Path, number: int) -> Picture:
    def copy(path: Path, role: str) -> Path:
        return Path(shutil.copyfile(path, place / f"{number}-{role}.png"))

    return Picture(
        picture.key,
        picture.width,
        picture.height,
        copy(picture.degraded, "degraded"),
        copy(picture.target, "target"),
        {row: copy(path, str(row)) for row, path in picture.restored.items()},
        picture.focus,
    )


def _kept(runs: Mapping[int, Run]) -> dict[str, Picture]:
    """Every image of which degraded, target and at least one restored picture are there, in one size."""
    kept: dict[str, Picture] = {}
    for place, run in runs.items():
        if not run.restored_folder.is_dir():
            continue
        images = run.path.parent / IMAGES_FOLDER
        for record in run.records:
            restored = picture_path(run.restored_folder, record.key)
            if not restored.is_file():
                continue
            picture = kept.get(record.key) or _opened(images, record.key)
            if picture is not None and _size(restored) == (picture.width, picture.height):
                kept[record.key] = Picture(
                    picture.key,
                    picture.width,
                    picture.height,
                    picture.degraded,
                    picture.target,
                    {**picture.restored, place: restored},
                )
    return kept


def _opened(images: Path, key: str) -> Picture | None:
    degraded, target = (picture_path(images / role, key) for role in ("degraded", "target"))
    if not (degraded.is_file() and target.is_file()):
        return None
    size = _size(target)
    return Picture(key, *size, degraded, target, {}) if size == _size(degraded) and size != (0, 0) else None


def _size(path: Path) -> tuple[int, int]:
    """Width and height; (0, 0) for a file that is not a picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return image.size
    except (UnidentifiedImageError, OSError):
        return 0, 0


def _gallery(kept: Mapping[str, Picture], runs: Mapping[int, Run], metric: str, size: int) -> Gallery:
    tables = [_by_key(run) for run in runs.values()]
    values = {key: _values(key, tables, metric) for key in kept}
    style = style_of(metric)
    ranked = sorted(kept, key=lambda key: (_goodness(values[key], style), key))
    chosen = {
        "worst": ranked[:size],
        "best": ranked[::-1][:size],
        "median": _middle(ranked, size),
        "disputed": sorted(ranked, key=lambda key: (-_spread(values[key]), key))[:size] if len(runs) > 1 else [],
    }
    keys = list(dict.fromkeys(key for selection in chosen.values() for key in selection))
    place = {key: index for index, key in enumerate(keys)}
    looked_at = set(chosen["disputed"])
    return Gallery(
        tuple(replace(kept[key], focus=_focus(kept[key]) if key in looked_at else None) for key in keys),
        {name: tuple(place[key] for key in selection) for name, selection in chosen.items() if selection},
    )


def _focus(picture: Picture) -> tuple[int, int] | None:
    """The middle of the block in which the first and the last model's pictures differ most."""
    from PIL import Image, ImageChops

    if len(picture.restored) < 2:  # noqa: PLR2004 -- one picture differs from nothing
        return None
    first, *_, last = picture.restored.values()
    with Image.open(first) as a, Image.open(last) as b:
        blocks = ImageChops.difference(a.convert("RGB"), b.convert("RGB")).convert("L").reduce(BLOCK)
    values = blocks.tobytes()
    row, column = divmod(values.index(max(values)), blocks.width)
    middle = (column * BLOCK + BLOCK // 2, row * BLOCK + BLOCK // 2)
    return min(middle[0], picture.width - 1), min(middle[1], picture.height - 1)


def _values(key: str, tables: Sequence[Mapping[str, Mapping[str, float | None]]], metric: str) -> list[float]:
    found = (table.get(key, {}).get(metric) for table in tables)
    return [value for value in found if value is not None]


def _by_key(run: Run) -> Mapping[str, Mapping[str, float | None]]:
    return {record.key: record.metrics for record in run.records if record.status == "ok"}


def _goodness(values: Sequence[float], style: MetricStyle) -> float:
    """Of an image over all models: larger is better."""
    return -style.better(statistics.fmean(values)) if values else math.inf


def _middle(ranked: Sequence[str], size: int) -> Sequence[str]:
    start = max(0, (len(ranked) - size) // 2)
    return ranked[start : start + size]


def _spread(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return max(finite) - min(finite) if len(finite) > 1 else 0.0
