"""The type of the fixture `tree`, which writes folders of tiny images."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

__all__ = ["MakeTree"]


class MakeTree(Protocol):
    """Writes small images at the given paths, each of its own colour, and returns the folder that holds them."""

    def __call__(self, *names: str, size: tuple[int, int] = (3, 4)) -> Path: ...
