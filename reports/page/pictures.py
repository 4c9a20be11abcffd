"""Pictures of a report: find those of the images to show, and copy them to the report's folder.

Runs keep `OUT/<dataset>/<model>/restored/<key>.png`, and once per data set `OUT/<dataset>/images/degraded/<key>.png`
and `OUT/<dataset>/images/target/<key>.png`. Models with a physics layer also keep `fields/<key>.npz`, models that
sample keep `trajectory/<key>.png` and, of several samples, `spread/<key>.png`.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...bench.errors import ImageError
from ...bench.files.atomic import write_atomic
from ...bench.files.images import decode_image, image_size
from ...bench.models.physics.maps import fields_path
from ...bench.models.trajectories import SPREAD_FOLDER, TRAJECTORY_FOLDER
from ...bench.runs.pictures import existing_picture
from ...bench.runs.run import IMAGES_FOLDER, Run
from ...bench.runs.shown_images import ShownImages, choose_images
from ..board.board import Board
from ..physics.field_panels import FieldPanels, draw_panels

__all__ = [
    "Gallery",
    "Picture",
    "collect_pictures",
    "copy_pictures",
    "count_pictures",
    "encoded_megabytes",
    "with_observations",
]

BLOCK = 24
"""Side in pixels of the blocks in which pictures are compared, about the size of a visible detail."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One image with all its kept pictures."""

    key: str
    width: int
    height: int
    degraded: Path
    target: Path
    restored: Mapping[int, Path]
    """Restored pictures by row index."""

    focus: tuple[int, int] | None = None
    """Position (x, y) in pixels of the largest difference between restored pictures; `None` if not computed."""

    fields: Mapping[int, FieldPanels] = field(default_factory=dict[int, FieldPanels])
    """Drawings of physics fields by row index."""

    traces: Mapping[int, Mapping[str, Path]] = field(default_factory=dict[int, Mapping[str, Path]])
    """By row index, the strip of states (`trajectory`) and the map of the samples' spread (`spread`), if kept."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures of one column, and selections among them; see `bench.runs.shown_images`."""

    pictures: tuple[Picture, ...]
    selections: Mapping[str, tuple[int, ...]]
    """Indices in `pictures`; empty for a selection of which no picture was kept.

    Where pictures of chosen images are missing, `kept` has images of which there are some, by the most models first.
    """

    judges: tuple[int, ...]
    """Rows whose mean ranked the images."""

    images: int
    """Number of images that the choice was made among."""

    missing: Mapping[str, tuple[str, ...]]
    """By selection, keys of chosen images without any picture."""

    @property
    def lead(self) -> int:
        """Row whose restored pictures the cards show: the best model, whether or not it kept one."""
        return min(self.judges)


def collect_pictures(board: Board, size: int) -> dict[int, Gallery]:
    """Collect the pictures of up to `size` images of each selection for each column, chosen over all models.

    Of columns that show the same run folders by several protocols, the first one has the pictures.
    """
    galleries: dict[int, Gallery] = {}
    shown: set[frozenset[Path]] = set()
    for index, column in enumerate(board.columns):
        runs = {place: row.entries[index].run for place, row in enumerate(board.rows) if index in row.entries}
        folders = frozenset(run.path.resolve() for run in runs.values())
        usable = size > 0 and column.metrics and any(run.restored_folder.is_dir() for run in runs.values())
        if folders in shown or not usable:
            continue
        chosen = choose_images(list(runs.values()), next(iter(column.metrics.values())), size)
        kept = _kept(runs, set(chosen.keys))
        if len(kept) < len(chosen.keys):  # others may stand in; to look for all is slow
            kept = _kept(runs)
        if kept and chosen.judges:
            shown.add(folders)
            galleries[index] = _gallery(kept, chosen, list(runs), size)
    return galleries


def copy_pictures(galleries: Mapping[int, Gallery], folder: Path) -> dict[int, Gallery]:
    """Copy all pictures to `folder` under unique numbers; return the galleries of the copies."""
    copies: dict[int, Gallery] = {}
    for column, gallery in galleries.items():
        place = folder / str(column)
        place.mkdir(parents=True, exist_ok=True)
        pictures = tuple(_copy(picture, place, number) for number, picture in enumerate(gallery.pictures))
        copies[column] = replace(gallery, pictures=pictures)
    return copies


def with_observations(galleries: Mapping[int, Gallery], board: Board, folder: Path) -> dict[int, Gallery]:
    """Draw or copy to `folder` what runs observed of the images, such as physics fields, and add it to the galleries.

    Raises:
        RunFolderError: fields are damaged.
    """
    drawn: dict[int, Gallery] = {}
    for column, gallery in galleries.items():
        runs = {row: board.rows[row].entries[column].run for picture in gallery.pictures for row in picture.restored}
        pictures = tuple(
            _observed(picture, runs, folder / str(column) / str(number))
            for number, picture in enumerate(gallery.pictures)
        )
        drawn[column] = replace(gallery, pictures=pictures)
    return drawn


def count_pictures(galleries: Mapping[int, Gallery]) -> int:
    """Count the pictures in all galleries, without what was observed of them."""
    return sum(len(_files(picture)) for gallery in galleries.values() for picture in gallery.pictures)


def encoded_megabytes(galleries: Mapping[int, Gallery]) -> float:
    """Size of galleries embedded in a page: base64 encodes three bytes as four characters."""
    pictures = (picture for gallery in galleries.values() for picture in gallery.pictures)
    files = (path for picture in pictures for path in (*_files(picture), *_drawings(picture)))
    return sum(path.stat().st_size for path in files) * 4 / 3 / 1e6


def _files(picture: Picture) -> tuple[Path, ...]:
    return picture.degraded, picture.target, *picture.restored.values()


def _drawings(picture: Picture) -> list[Path]:
    files = [*(panels.files for panels in picture.fields.values()), *picture.traces.values()]
    return [path for each in files for path in each.values()]


def _observed(picture: Picture, runs: Mapping[int, Run], stem: Path) -> Picture:
    traces = {
        row: _traces(runs[row].path, picture.key, stem.with_name(f"{stem.name}-{row}")) for row in picture.restored
    }
    return replace(
        picture,
        fields=_fields(picture, runs, stem),
        traces={row: files for row, files in traces.items() if TRAJECTORY_FOLDER in files},
    )


def _traces(run: Path, key: str, stem: Path) -> dict[str, Path]:
    """Copies of the pictures that a run kept of a sampled restoration; damaged ones are left out."""
    copies: dict[str, Path] = {}
    for kind in (TRAJECTORY_FOLDER, SPREAD_FOLDER):
        kept = existing_picture(run / kind, key)
        if kept is not None and _size(kept) != (0, 0):
            copies[kind] = stem.with_name(f"{stem.name}-{kind}.png")
            write_atomic(copies[kind], kept.read_bytes())
    return copies


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


def _kept(runs: Mapping[int, Run], keys: Collection[str] | None = None) -> dict[str, Picture]:
    """Find images, of some keys or all, with degraded, target and at least one restored picture of equal size."""
    kept: dict[str, Picture] = {}
    for place, run in runs.items():
        if not run.restored_folder.is_dir():
            continue
        images = run.path.parent / IMAGES_FOLDER
        for record in run.records:
            wanted = keys is None or record.key in keys
            restored = existing_picture(run.restored_folder, record.key) if wanted else None
            if restored is None:
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
    degraded, target = (existing_picture(images / role, key) for role in ("degraded", "target"))
    if degraded is None or target is None:
        return None
    size = _size(target)
    return Picture(key, *size, degraded, target, {}) if size == _size(degraded) and size != (0, 0) else None


def _size(path: Path) -> tuple[int, int]:
    """Width and height; (0, 0) for a file that is not a picture."""
    try:
        height, width = image_size(path, str(path))
    except ImageError:
        return 0, 0
    return width, height


def _gallery(kept: Mapping[str, Picture], chosen: ShownImages, rows: Sequence[int], size: int) -> Gallery:
    """The chosen images whose pictures were kept, and the keys of the others.

    Args:
        kept: every image with pictures, by key.
        chosen: the images to show.
        rows: row of each run that they were chosen over.
        size: number of images per selection.
    """
    selections: dict[str, Sequence[str]] = {**chosen.selections}
    missing = {name: tuple(key for key in keys if key not in kept) for name, keys in selections.items()}
    if any(missing.values()):
        others = [key for key in kept if key not in chosen.keys]
        selections["kept"] = sorted(others, key=lambda key: (-len(kept[key].restored), key))[:size]
    keys = [key for key in dict.fromkeys(key for each in selections.values() for key in each) if key in kept]
    place = {key: index for index, key in enumerate(keys)}
    looked_at = {*chosen.selections.get("disputed", keys), *selections.get("kept", ())}  # few images are one selection
    return Gallery(
        tuple(replace(kept[key], focus=_focus(kept[key]) if key in looked_at else None) for key in keys),
        {name: tuple(place[key] for key in picked if key in place) for name, picked in selections.items()},
        tuple(rows[judge] for judge in chosen.judges),
        chosen.images,
        missing,
    )


def _focus(picture: Picture) -> tuple[int, int] | None:
    """Centre of the block in which the pictures of the first and the last model differ most."""
    from PIL import Image, ImageChops

    if len(picture.restored) < 2:  # noqa: PLR2004 -- one picture differs from nothing
        return None
    first, *_, last = picture.restored.values()
    try:
        a, b = (Image.fromarray(decode_image(path, str(path))) for path in (first, last))
    except ImageError:
        return None
    blocks = ImageChops.difference(a, b).convert("L").reduce(BLOCK)
    values = blocks.tobytes()
    row, column = divmod(values.index(max(values)), blocks.width)
    middle = (column * BLOCK + BLOCK // 2, row * BLOCK + BLOCK // 2)
    return min(middle[0], picture.width - 1), min(middle[1], picture.height - 1)
