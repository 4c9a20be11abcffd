"""The fields of a physics layer as a run keeps them: one map for each, the mean over the channels.

A few tens of kB an image, at the resolution of the layer: a report is drawn from these files, without the model.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ...errors import RunFolderError, first_line
from ...files.atomic import write_atomic
from ...files.key_paths import existing_key_path

if TYPE_CHECKING:
    from .layers import PhysicalFields

__all__ = [
    "FIELDS_FOLDER",
    "FIELDS_SUFFIX",
    "KEPT_SIDE",
    "FieldMaps",
    "Map",
    "channel_weights",
    "coarse",
    "encode_fields",
    "fields_path",
    "load_fields",
    "mean_fields",
    "save_fields",
]

FIELDS_FOLDER, FIELDS_SUFFIX = "fields", ".npz"
"""Where a run keeps the fields of its images: OUT/<dataset>/<model>/fields/<key>.npz."""

KEPT_SIDE = 96
"""Most cells along a side of the maps that a run keeps; larger ones are averaged over squares of cells."""


NAMES = ("u", "v", "dx", "dy", "source")


DAMAGED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""Exceptions that numpy and zipfile raise on damaged files, found by damaging them."""


Map = NDArray[np.float64]
"""(h, w): one value per cell of the layer."""


@dataclass(frozen=True, slots=True)
class FieldMaps:
    """The fields of one image, averaged over channels; units as in `PhysicalFields`."""

    u: Map
    v: Map
    dx: Map
    dy: Map
    source: Map
    """Signed by what is added to the features: a channel whose scale is negative counts with the opposite sign."""

    steps: int
    time: float
    untrained: bool
    """Whether nothing of the layer reaches its output yet; its channels then count alike."""


def mean_fields(fields: PhysicalFields, *, side: int | None = None) -> FieldMaps:
    """Average fields over the channels, each weighted by how much of it reaches the output.

    Args:
        fields: of one image.
        side: most cells along a side of the maps; larger maps are averaged over squares. `None` keeps every cell.
    """
    weights = channel_weights(fields)
    signed = np.sign(fields.scale) * weights if fields.scale.any() else weights
    every = 1 if side is None else max(1, -(-max(fields.u.shape[1:]) // side))

    def mean(field: NDArray[np.floating], weights: Map) -> Map:
        return coarse(np.tensordot(weights, field.astype(np.float64), 1), every)

    u, v, dx, dy = (mean(field, weights) for field in (fields.u, fields.v, fields.dx, fields.dy))
    source = mean(fields.source, signed)
    return FieldMaps(u, v, dx, dy, source, fields.steps, fields.time, untrained=not fields.scale.any())


def channel_weights(fields: PhysicalFields) -> Map:
    """(C,): how much each channel counts; sums to 1."""
    size = np.abs(fields.scale.astype(np.float64))
    return size / size.sum() if size.any() else np.full(len(size), 1 / len(size))


def coarse(field: Map, every: int) -> Map:
    """Means over squares of `every` cells; a rest at the far border is left out."""
    rows, columns = (max(1, length // every) for length in field.shape)
    cut = field[: rows * every, : columns * every]
    return cut.reshape(rows, cut.shape[0] // rows, columns, cut.shape[1] // columns).mean(axis=(1, 3))


def encode_fields(maps: FieldMaps) -> bytes:
    """The content of a file of maps; the same maps give the same bytes.

    Each map is stored in half precision relative to its largest absolute value, which is stored beside it.
    """
    stack = np.stack([maps.u, maps.v, maps.dx, maps.dy, maps.source])
    peaks = np.abs(stack).max(axis=(1, 2))
    relative = stack / np.where(peaks == 0, 1, peaks)[:, None, None]
    content = io.BytesIO()
    np.savez_compressed(
        content,
        maps=relative.astype(np.float16),
        peaks=peaks,
        steps=np.int64(maps.steps),
        time=np.float64(maps.time),
        untrained=np.bool_(maps.untrained),
    )
    return content.getvalue()


def save_fields(path: Path, maps: FieldMaps) -> None:
    """Write maps so that `path` is either absent or whole.

    Args:
        path: where to; missing folders are made.
        maps: of one image.

    Raises:
        OSError: it cannot be written.
    """
    write_atomic(path, encode_fields(maps))


def fields_path(folder: Path, key: str) -> Path:
    """Where the fields of a key are in a run folder; no key leads outside it.

    >>> fields_path(Path("run"), "GOPR0384_11_00/000001").as_posix()
    'run/fields/GOPR0384_11_00/000001.npz'
    >>> fields_path(Path("run"), "../a.b").as_posix()
    'run/fields/.%2e/a.b.npz'
    """
    return existing_key_path(folder / FIELDS_FOLDER, key, FIELDS_SUFFIX)


def load_fields(path: Path) -> FieldMaps:
    """Read what `save_fields` wrote.

    Raises:
        RunFolderError: the file is absent or damaged.
    """
    try:
        # From memory: numpy leaves the file open if it turns out to be no archive.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = {name: cast("NDArray[np.generic]", stored[name]) for name in stored.files}
        maps, peaks = (arrays[name].astype(np.float64) for name in ("maps", "peaks"))
        if maps.ndim != 3 or len(maps) != len(NAMES) or not maps.size or not np.isfinite(maps).all():  # noqa: PLR2004 -- field, row, column
            raise ValueError("it does not hold five maps")
        u, v, dx, dy, source = maps * peaks.reshape(len(NAMES), 1, 1)
        steps, time, untrained = (arrays[name].item() for name in ("steps", "time", "untrained"))
        return FieldMaps(u, v, dx, dy, source, int(steps), float(time), untrained=bool(untrained))
    except DAMAGED as error:
        reason = first_line(error)[:100]
        raise RunFolderError(
            f"{path} cannot be read as the fields of a physics layer ({reason}): delete it, and run the same command "
            "again to have it written anew."
        ) from error
