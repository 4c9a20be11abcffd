"""Values of images by column, and the file in a run folder that keeps them.

Measuring is slow and matching is not: the file `ways.jsonl` holds what was measured, so that any number can be
explained later, by a report too, without an image. Its first line names the columns; every further one is an image
by one ruler. Lines are appended and flushed; a torn last one is dropped, and that image is measured again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..files.atomic import write_atomic
from ..files.codec import decode, parse_json
from ..runs.writing import writing
from .averages import Images

__all__ = ["WAYS_FILE", "ImageLine", "Measurements", "WaysFile", "collect"]

Array: TypeAlias = NDArray[np.float64]

WAYS_FILE = "ways.jsonl"
"""Beside `scores.jsonl` in a run folder."""

SCHEMA = 1
DIGITS = 7
"""Significant ones that the file keeps."""


@dataclass(frozen=True, slots=True)
class ImageLine:
    """What one ruler measured on one image."""

    key: str
    ruler: str
    """Name of the group of columns."""

    pixels: int
    values: Mapping[str, float]
    """Column to value; a column that this image does not have is absent."""

    restored: str = ""
    """16 digits of the SHA-256 of the restored image; `""` outside run folders."""


@dataclass(frozen=True, slots=True)
class Measurements:
    """Values of all images, by column."""

    images: Images
    columns: Mapping[str, Array]
    """Column to one value for each image; only columns that every image has."""

    label: str = ""
    """How the images were restored, cut or paired, where this was done in several ways; `""` for the images and targets
    that were given, as they are."""

    again: bool = False
    """Whether the images were restored again, instead of measuring those that were given."""


def collect(
    lines: Iterable[ImageLine],
    keys: Sequence[str],
    groups: Mapping[str, str],
    *,
    failed: int = 0,
    label: str = "",
    again: bool = False,
) -> Measurements:
    """Put lines together as columns.

    Args:
        lines: in any order.
        keys: images that count, in the order of the data set; those without a line are left out.
        groups: key to sequence or scene.
        failed: images that could not be restored.
        label: as in `Measurements`.
        again: as in `Measurements`.
    """
    values: dict[str, dict[str, float]] = {}
    pixels: dict[str, int] = {}
    for line in lines:
        values.setdefault(line.key, {}).update(line.values)
        pixels[line.key] = line.pixels
    present = [key for key in keys if key in values]
    names = [name for name in values[present[0]] if all(name in values[key] for key in present)] if present else []
    images = Images(tuple(groups.get(key, "") for key in present), tuple(pixels[key] for key in present), failed)
    columns = {name: np.array([values[key][name] for key in present], np.float64) for name in names}
    return Measurements(images, columns, label, again)


@dataclass(slots=True)
class WaysFile:
    """The stored measurements of a run folder.

    Args:
        folder: of the run.
        columns: of every ruler; lines of a ruler whose columns were others when they were written do not count.
    """

    folder: Path
    columns: Mapping[str, Sequence[str]]
    _lines: dict[tuple[str, str], ImageLine] = field(default_factory=dict[tuple[str, str], ImageLine], init=False)

    def __post_init__(self) -> None:
        for line in _read(self.path, self.columns):
            self._lines[line.key, line.ruler] = line

    @property
    def path(self) -> Path:
        """Of the file, which may not exist."""
        return self.folder / WAYS_FILE

    def line(self, key: str, ruler: str, restored: str) -> ImageLine | None:
        """What is known of an image, if it is of the restored image with this digest."""
        known = self._lines.get((key, ruler))
        return known if known is not None and known.restored == restored else None

    def start(self) -> None:
        """Write the file anew with its header and every line that counts.

        Raises:
            JournalWriteError: the disk is full or the folder cannot be written.
        """
        header = json.dumps({"schema": SCHEMA, "columns": {name: list(each) for name, each in self.columns.items()}})
        with writing(self.path):
            write_atomic(self.path, "".join(f"{text}\n" for text in (header, *map(self._encode, self._lines.values()))))

    def append(self, line: ImageLine) -> None:
        """Add a line at the end of the file; called by one thread at a time.

        Raises:
            JournalWriteError: the disk is full or the folder cannot be written.
        """
        self._lines[line.key, line.ruler] = line
        with writing(self.path), self.path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{self._encode(line)}\n")

    def _encode(self, line: ImageLine) -> str:
        values = [_shortened(line.values.get(name)) for name in self.columns[line.ruler]]
        return json.dumps([line.key, line.ruler, line.pixels, line.restored, values], separators=(",", ":"))


def _shortened(value: float | None) -> float | str | None:
    if value is None or math.isnan(value):
        return None
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else "inf"


@dataclass(frozen=True, slots=True)
class _Header:
    """The first line."""

    schema: int
    columns: dict[str, list[str]]


def stored_columns(path: Path) -> dict[str, list[str]]:
    """The columns that a file was written with, by ruler; none if it is absent, damaged, or of another version."""
    try:
        with path.open(encoding="utf-8") as stream:
            header = decode(_Header, parse_json(stream.readline().encode()))
    except (OSError, ValueError):
        return {}
    return header.columns if header.schema == SCHEMA else {}


def _read(path: Path, columns: Mapping[str, Sequence[str]]) -> Iterator[ImageLine]:
    known = stored_columns(path)
    usable = {ruler for ruler, names in columns.items() if list(names) == known.get(ruler)}
    if not usable:
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        stream.readline()
        for text in stream:
            line = _decode(text, columns) if text.endswith("\n") else None
            if line is not None and line.ruler in usable:
                yield line


def _decode(text: str, columns: Mapping[str, Sequence[str]]) -> ImageLine | None:
    """One line; `None` for one that is damaged: its image is measured again."""
    try:
        key, ruler, pixels, restored, values = json.loads(text)
        pairs = zip(columns[ruler], values, strict=True)
        found = {name: float(value) for name, value in pairs if value is not None}
        usable = int(pixels) > 0 and not any(map(math.isnan, found.values()))
        return ImageLine(str(key), str(ruler), int(pixels), found, str(restored)) if usable else None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
