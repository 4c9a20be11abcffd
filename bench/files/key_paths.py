"""File paths for the keys of images."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["key_path"]


def key_path(folder: Path, key: str, suffix: str) -> Path:
    """Path of the file of a key, always inside the folder.

    >>> key_path(Path("restored"), "GOPR0384_11_00/000001", ".png").as_posix()
    'restored/GOPR0384_11_00/000001.png'
    >>> key_path(Path("restored"), "../a b", ".png").as_posix()
    'restored/_/a b.png'
    """
    parts = [re.sub(r'[<>:"\\|?*\x00-\x1f]', "_", part) for part in key.split("/")]
    safe = ["_" if not part.strip(". ") else part for part in parts]
    return folder.joinpath(*safe[:-1], f"{safe[-1]}{suffix}")
