"""Pairs that are stored as one image, the degraded one on the left and its target on the right."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...bench.contracts import ImageSource, UInt8Image
from ...bench.errors import ImageError
from ...bench.files.images import source_size
from ...bench.files.versions import version_of
from .layout import Contents, Images

__all__ = ["Half", "Halves"]

Part = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Half:
    """An `ImageSource` for one half of an image."""

    whole: ImageSource
    part: Part

    @property
    def name(self) -> str:
        """The file and which half, for messages."""
        return f"{self.whole.name} ({self.part} half)"

    @property
    def size_bytes(self) -> int:
        """Size of the file."""
        return self.whole.size_bytes

    def size(self) -> tuple[int, int]:
        """(height, width) of the half.

        Raises:
            ImageError: the file cannot be read, or has an odd width.
        """
        height, width = source_size(self.whole)
        if width % 2:
            raise ImageError(f"{self.whole.name} is {width} pixels wide, so it is no pair side by side: replace it.")
        return height, width // 2

    def version(self) -> Hashable | None:
        """That of the file, and which half; see `version_of`."""
        return version_of(self.whole, self.part)

    def read(self) -> UInt8Image:
        """Decode the half, (height, width, 3) uint8 RGB.

        Raises:
            ImageError: the file cannot be read, or has an odd width.
        """
        _, width = self.size()
        whole = self.whole.read()
        return (whole[:, :width] if self.part == "left" else whole[:, width:]).copy()


@dataclass(frozen=True, slots=True)
class Halves:
    """A `Side` with one half of every image of another side."""

    images: Images
    part: Part

    @property
    def where(self) -> str:
        """Location for messages."""
        return self.images.where

    def read(self, base: Path) -> Contents | None:
        """List the halves under `base` without opening them; `None` if the location does not exist."""
        contents = self.images.read(base)
        if contents is None:
            return None
        halves: dict[str, ImageSource] = {key: Half(image, self.part) for key, image in contents.images.items()}
        return Contents(halves, contents.unmatched)
