"""The file in a run folder that keeps the attributes of its images, so that pages need no image to be sliced."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import RunFolderError
from ..files.atomic import write_atomic
from ..files.codec import decode, parse_json
from ..runs.writing import writing

__all__ = ["ATTRIBUTES_FILE", "ImageAttributes", "read_attributes", "write_attributes"]

ATTRIBUTES_FILE = "attributes.jsonl"
"""Beside `scores.jsonl` in a run folder."""


@dataclass(frozen=True, slots=True)
class ImageAttributes:
    """The attributes of one image."""

    key: str
    pair: str = ""
    """Digest of the pair's pixels, as in the record of the image."""

    values: Mapping[str, float | str] = field(default_factory=dict[str, "float | str"])
    """By name of the attribute; a text is a category."""


def read_attributes(folder: Path) -> dict[str, ImageAttributes]:
    """The attributes that a run folder keeps, by key; empty if it keeps none.

    Raises:
        RunFolderError: the file is damaged or cannot be read.
    """
    path = folder / ATTRIBUTES_FILE
    if not path.is_file():
        return {}
    try:
        lines = [decode(ImageAttributes, parse_json(line)) for line in path.read_bytes().splitlines()]
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged ({error}): delete it; --by computes it again.") from error
    return {line.key: line for line in lines}


def write_attributes(folder: Path, lines: Iterable[ImageAttributes]) -> None:
    """Write the attributes of a run's images in one atomic step.

    Raises:
        JournalWriteError: the disk is full or the folder cannot be written.
    """
    path = folder / ATTRIBUTES_FILE
    text = "".join(f"{json.dumps(_encoded(line), ensure_ascii=False)}\n" for line in lines)
    with writing(path):
        write_atomic(path, text)


def _encoded(line: ImageAttributes) -> dict[str, object]:
    values = {
        name: float(f"{value:.9g}") if isinstance(value, float) else value
        for name, value in line.values.items()
        if isinstance(value, str) or math.isfinite(value)
    }
    return {"key": line.key, "pair": line.pair, "values": values}
