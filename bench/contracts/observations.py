"""What a run keeps about an image beside the restored one."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Observation"]


@dataclass(frozen=True, slots=True)
class Observation:
    """A file about one image that a run keeps beside the restored one, such as the fields of a physics layer."""

    folder: str
    """Folder inside the run folder: `fields`."""

    suffix: str
    """Ending of the file's name, with its dot: `.npz`."""

    content: bytes
