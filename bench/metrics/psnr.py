"""Peak signal-to-noise ratio, and the ways in which official scripts differ about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PsnrSpec", "mean_squared_error", "psnr"]

_CHUNK = 1 << 16
"""Elements whose squared differences are summed at a time: 2^16 · 255² is the most that a uint32 holds."""


@dataclass(frozen=True, slots=True)
class PsnrSpec:
    """What a protocol's PSNR does besides 10 log10(peak² / MSE)."""

    mse_offset: float = 0.0
    """Added to the mean squared error of images in [0, 1]; BasicSR's torch version adds 1e-8."""

    identical: float = math.inf
    """What the source returns for identical images, in dB; DeblurGAN-v2 and Stripformer's training code say 100."""

    def describe(self, peak: str) -> str:
        """The formula in words; `peak` as it should be printed."""
        offset = f" + {self.mse_offset:g} on the [0, 1] scale" if self.mse_offset else ""
        text = f"10 log10({peak}² / (mean (x - y)²{offset})), mean over all pixels and channels"
        return text if math.isinf(self.identical) else f"{text}; {self.identical:g} for identical images"


def mean_squared_error(restored: NDArray[np.generic], target: NDArray[np.generic]) -> float:
    """Mean of the squared differences over every element.

    uint8 is summed exactly in integers; float32 is differenced and squared in float32 and averaged in float64, as
    scikit-image does; float64 stays float64.

    >>> mean_squared_error(np.uint8([0, 10]), np.uint8([4, 7]))
    12.5
    """
    if restored.dtype == np.uint8 and target.dtype == np.uint8:
        return _sum_of_squared_differences(restored.ravel(), target.ravel()) / restored.size
    difference = np.subtract(restored, target)
    np.square(difference, out=difference)
    return float(difference.mean(dtype=np.float64))


def psnr(mse: float, peak: float, *, identical: float = math.inf) -> float:
    """10 log10(peak² / mse) in dB.

    Args:
        mse: mean squared error, in the square of the unit of `peak`.
        peak: 255 for 8-bit images, 1 for images in [0, 1].
        identical: the value where `mse` is zero.

    >>> round(psnr(1.0, 255), 4), psnr(0.0, 255)
    (48.1308, inf)
    """
    return identical if mse == 0 else 10 * math.log10(peak * peak / mse)


def _sum_of_squared_differences(restored: NDArray[Any], target: NDArray[Any]) -> int:
    total = 0
    for start in range(0, restored.size, _CHUNK):
        x, y = restored[start : start + _CHUNK], target[start : start + _CHUNK]
        distance = np.maximum(x, y)
        distance -= np.minimum(x, y)
        total += int(np.square(distance, dtype=np.uint16).sum(dtype=np.uint32))
    return total
