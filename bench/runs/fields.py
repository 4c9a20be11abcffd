"""Where a run keeps the fields of a physics layer: OUT/<dataset>/<model>/fields/<key>.npz, beside the kept pictures."""

from __future__ import annotations

from pathlib import Path

from .pictures import picture_path

__all__ = ["FIELDS_FOLDER", "fields_path"]

FIELDS_FOLDER = "fields"


def fields_path(folder: Path, key: str) -> Path:
    """Where the fields of a key are in a run folder; no key leads outside it.

    >>> fields_path(Path("run"), "GOPR0384_11_00/000001").as_posix()
    'run/fields/GOPR0384_11_00/000001.npz'
    >>> fields_path(Path("run"), "../a.b").as_posix()
    'run/fields/_/a.b.npz'
    """
    return picture_path(folder / FIELDS_FOLDER, key).with_suffix(".npz")
