"""From RGB to the luma channel that deraining papers score.

Limited-range ITU-R BT.601 luma, Y in 16..235, in the three roundings that official scripts use; and the
full-range luma of OpenCV, which lowers PSNR by 20 log10(255/219) = 1.32 dB and is here to show that it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image

__all__ = ["COLOURS", "Colour", "luma"]

Colour = Literal["rgb", "y", "y-rounded", "y-float32", "y-float32-sum", "y-full-range", "y-swapped"]

COLOURS: dict[Colour, str] = {
    "rgb": "RGB",
    "y": "Y = (65.481 R + 128.553 G + 24.966 B)/255 + 16, float64, not rounded (MATLAB rgb2ycbcr on double)",
    "y-rounded": "Y = round((65481 R + 128553 G + 24966 B)/255000 + 16), half up, uint8 (MATLAB rgb2ycbcr on uint8)",
    "y-float32": "Y = 65.481 R + 128.553 G + 24.966 B + 16 with R, G, B in [0, 1], rounded to float32, not to integers"
    " (BasicSR to_y_channel)",
    "y-float32-sum": "the same with the sum itself in float32 (BasicSR rgb2ycbcr_pt)",
    "y-full-range": "Y = 0.299 R + 0.587 G + 0.114 B in 0..255, rounded (OpenCV; not what any paper reports)",
    "y-swapped": "Y = (65.481 B + 128.553 G + 24.966 R)/255 + 16, float64, not rounded (the weights of R and B swapped,"
    " by a script that reads BGR)",
}
"""Every colour space, as a formula on 0..255 RGB."""

_WEIGHTS = (65.481, 128.553, 24.966)
_THOUSANDTHS = (65481, 128553, 24966)
_OFFSET = 16
_OPENCV_SHIFT = 14
_OPENCV_WEIGHTS = (4899, 9617, 1868)  # 0.299, 0.587, 0.114 in 2^-14


def luma(image: UInt8Image, colour: Colour) -> NDArray[np.float64] | NDArray[np.uint8]:
    """The luma of an 8-bit RGB image by one of the rules in `COLOURS`.

    Args:
        image: (H, W, 3) uint8.
        colour: any rule but `rgb`.

    Returns:
        (H, W), 0..255: uint8 for the rounded ones, else float64.

    >>> white = np.full((1, 1, 3), 255, np.uint8)
    >>> luma(white, "y-rounded").item(), luma(white, "y-full-range").item()
    (235, 255)
    """
    if colour == "y-swapped":
        image = image[..., ::-1]
    if colour in {"y", "y-swapped"}:
        return _weighted_sum(image, [weight / 255 for weight in _WEIGHTS], np.float64) + _OFFSET
    if colour == "y-float32":
        exact = _weighted_sum(image / np.float32(255), _WEIGHTS, np.float64) + _OFFSET
        return ((exact / 255).astype(np.float32) * np.float32(255)).astype(np.float64)
    if colour == "y-float32-sum":
        single = _weighted_sum(image / np.float32(255), _WEIGHTS, np.float32) + np.float32(_OFFSET)
        return (single / np.float32(255)).astype(np.float64) * 255
    if colour == "y-rounded":
        thousandths = _weighted_sum(image, _THOUSANDTHS, np.int32) + (255_000 * _OFFSET + 127_500)
        return (thousandths // 255_000).astype(np.uint8)
    half = 1 << (_OPENCV_SHIFT - 1)
    return ((_weighted_sum(image, _OPENCV_WEIGHTS, np.int32) + half) >> _OPENCV_SHIFT).astype(np.uint8)


def _weighted_sum(image: NDArray[Any], weights: Sequence[float], dtype: type[np.generic]) -> NDArray[Any]:
    total = np.multiply(image[..., 0], weights[0], dtype=dtype)
    total += np.multiply(image[..., 1], weights[1], dtype=dtype)
    total += np.multiply(image[..., 2], weights[2], dtype=dtype)
    return total
