"""What an evaluation does to the degraded image and its target before the network runs.

Some official test scripts change their input: the all-in-one family crops it to whole blocks, WeatherDiffusion resizes
it. A network sees other pixels then, so that nothing done to its output afterwards gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..contracts import ImagePair, ImageSource, UInt8Image
from ..errors import ImageError
from ..files.images import source_size
from ..files.versions import version_of

__all__ = ["BLOCK", "INPUTS", "InputRule", "PreparedImage", "fit_restored", "prepare_input", "prepared_pair"]

InputRule = Literal["whole", "crop-16", "fit-1024"]

INPUTS: dict[InputRule, str] = {
    "whole": "degraded image and target as they are",
    "crop-16": "degraded image and target cropped around their centre to multiples of 16 pixels, before the network",
    "fit-1024": "degraded image and target resized before the network (Lanczos), so that the longer side has at most"
    " 1024 pixels and both are multiples of 16, rounded up",
}
"""Every rule, in words."""

BLOCK = 16
"""Side in pixels that both rules bring an image to a multiple of."""

LONGEST = 1024


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """An image that is read as a protocol's script gives it to the network."""

    whole: ImageSource
    rule: InputRule

    @property
    def name(self) -> str:
        """Of the file."""
        return self.whole.name

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return self.whole.size_bytes

    def read(self) -> UInt8Image:
        """The prepared image.

        Raises:
            ImageError: the file is damaged, or nothing is left of the image.
        """
        return prepare_input(self.whole.read(), self.rule)

    def size(self) -> tuple[int, int]:
        """(height, width) of the prepared image; 0 where nothing is left."""
        height, width = source_size(self.whole)
        if self.rule == "fit-1024":
            return _fitting_size(height, width)
        return _whole_blocks(height, width) if self.rule == "crop-16" else (height, width)

    def version(self) -> Hashable | None:
        """That of the file, and the rule; see `version_of`."""
        return version_of(self.whole, self.rule)


def prepared_pair(pair: ImagePair, rule: InputRule) -> ImagePair:
    """The pair as the network and the metrics see it."""
    if rule == "whole":
        return pair
    return replace(pair, degraded=PreparedImage(pair.degraded, rule), target=PreparedImage(pair.target, rule))


def prepare_input(image: UInt8Image, rule: InputRule) -> UInt8Image:
    """A degraded image, or a target, as the protocol's script gives it to the network; a second time changes nothing.

    Args:
        image: (H, W, 3) or (H, W) uint8.
        rule: from `INPUTS`.

    Raises:
        ImageError: the crop leaves nothing of the image.

    >>> prepare_input(np.zeros((321, 481, 3), np.uint8), "crop-16").shape
    (320, 480, 3)
    """
    if rule == "fit-1024":
        return _resized(image, _fitting_size(*image.shape[:2]))
    return _cropped(image) if rule == "crop-16" else image


def fit_restored(restored: NDArray[Any], whole: UInt8Image, rule: InputRule) -> NDArray[Any]:
    """A restored image in the size of the prepared target.

    Args:
        restored: of the size of the prepared target, or of the whole one, which a crop is applied to.
        whole: the target before `prepare_input`.
        rule: from `INPUTS`.

    Raises:
        ImageError: the rule resizes, and the restored image has the size of the original.
    """
    if rule == "whole" or restored.shape[:2] != whole.shape[:2]:
        return restored
    if rule == "crop-16":
        return _cropped(restored)
    height, width = _fitting_size(*whole.shape[:2])
    if restored.shape[:2] != (height, width):
        raise ImageError(
            f"The restored image has {restored.shape[0]}x{restored.shape[1]} pixels, but the protocol resizes its input"
            f" to {height}x{width} before the network: restore the resized image, or choose a protocol that does not"
            " resize."
        )
    return restored


def _cropped(image: NDArray[Any]) -> NDArray[Any]:
    height, width = _whole_blocks(*image.shape[:2])
    if not height or not width:
        raise ImageError(
            f"Nothing is left of an image of {image.shape[0]}x{image.shape[1]} pixels that is cropped to multiples of"
            f" {BLOCK}: choose a protocol that does not crop its input."
        )
    top, left = ((side % BLOCK) // 2 for side in image.shape[:2])
    return image[top : top + height, left : left + width]


def _whole_blocks(height: int, width: int) -> tuple[int, int]:
    return height - height % BLOCK, width - width % BLOCK


def _fitting_size(height: int, width: int) -> tuple[int, int]:
    longest = max(height, width)
    if longest > LONGEST:
        height, width = (math.ceil(side * LONGEST / longest) for side in (height, width))
    return BLOCK * math.ceil(height / BLOCK), BLOCK * math.ceil(width / BLOCK)


def _resized(image: UInt8Image, size: tuple[int, int]) -> UInt8Image:
    if image.shape[:2] == size:
        return image
    from PIL import Image

    resized = Image.fromarray(image).resize((size[1], size[0]), Image.Resampling.LANCZOS)
    return np.asarray(resized, np.uint8)
