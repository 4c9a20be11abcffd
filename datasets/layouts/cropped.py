"""Images with a border that the other image of a pair does not have."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace

from ...bench.contracts import ImagePair, ImageSource, UInt8Image
from ...bench.files.images import source_size
from ...bench.files.versions import version_of

__all__ = ["WithoutBorder", "without_borders"]


@dataclass(frozen=True, slots=True)
class WithoutBorder:
    """An `ImageSource` that loses some pixels on each side if the whole image has one of certain sizes."""

    whole: ImageSource
    border: int
    sizes: frozenset[tuple[int, int]]
    """(height, width) of images that have the border."""

    @property
    def name(self) -> str:
        """Name of the whole image."""
        return self.whole.name

    @property
    def size_bytes(self) -> int:
        """Size of the file."""
        return self.whole.size_bytes

    def size(self) -> tuple[int, int]:
        """(height, width) without the border."""
        height, width = source_size(self.whole)
        cut = 2 * self.border if (height, width) in self.sizes else 0
        return height - cut, width - cut

    def version(self) -> Hashable | None:
        """That of the file, and the border; see `version_of`."""
        return version_of(self.whole, self.border, self.sizes)

    def read(self) -> UInt8Image:
        """Decode the image without its border, (height, width, 3) uint8 RGB.

        Raises:
            ImageError: the file cannot be read.
        """
        whole = self.whole.read()
        height, width, _ = whole.shape
        if (height, width) not in self.sizes:
            return whole
        return whole[self.border : height - self.border, self.border : width - self.border].copy()


def without_borders(pairs: Iterable[ImagePair], border: int, sizes: frozenset[tuple[int, int]]) -> Iterator[ImagePair]:
    """The same pairs, whose targets of these sizes lose their border."""
    return (replace(pair, target=WithoutBorder(pair.target, border, sizes)) for pair in pairs)
