"""One pair on its way through an evaluation: decoded, restored, or failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..contracts import ImagePair, UInt8Image
from ..errors import ImageError
from ..files.fingerprints import PAIR_DIGITS, pixel_sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ImageFailure", "LoadedPair", "LoadedTriple", "Restoration", "interleaved"]


@dataclass(frozen=True, slots=True)
class LoadedPair:
    """The decoded images of one pair, of one size."""

    degraded: UInt8Image
    target: UInt8Image
    pixels: str
    """`ScoreRecord.pair` of the two."""

    @classmethod
    def of(cls, pair: ImagePair, degraded: UInt8Image, target: UInt8Image) -> LoadedPair:
        """The decoded images of a pair, with the hash of their pixels.

        Raises:
            ImageError: the images differ in size.
        """
        if degraded.shape != target.shape:
            raise ImageError(
                f"{pair.degraded.name} is {degraded.shape[1]}x{degraded.shape[0]} but its target {pair.target.name} is "
                f"{target.shape[1]}x{target.shape[0]}: use a copy of the data set whose pairs agree."
            )
        return LoadedPair(degraded, target, pixel_sha256(degraded, target)[:PAIR_DIGITS])


@dataclass(frozen=True, slots=True)
class LoadedTriple(LoadedPair):
    """The decoded images of a pair and the restored one, read from a file."""

    restored: UInt8Image
    read_as: tuple[str, ...] = ()
    """What was changed of the restored image when it was read."""


@dataclass(frozen=True, slots=True)
class ImageFailure:
    """Why an image could not be loaded or restored."""

    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """What became of one image."""

    images: tuple[NDArray[np.float32] | UInt8Image, ...]
    """(H, W, 3) each, float32 in [0, 1] or uint8; several only of a stochastic model, one for each seed. They may be
    views of planes, see `interleaved`."""

    seconds: float | None = None
    """Wall time of the model for one of them; `None` if no model ran."""

    tile: int | None = None
    """Side of the tiles that it was restored in; `None` for the full image."""

    read_as: tuple[str, ...] = ()
    """What was changed of it when it was read from a file."""


def interleaved(image: NDArray[np.float32] | UInt8Image) -> NDArray[np.float32] | UInt8Image:
    """The image (H, W, 3) with its channels side by side in memory; copied only where it is a view of planes."""
    if image.flags.c_contiguous:
        return image
    result = np.empty_like(image, order="C")
    for channel in range(image.shape[-1]):  # four times as fast as copying all three at once
        result[..., channel] = image[..., channel]
    return result
