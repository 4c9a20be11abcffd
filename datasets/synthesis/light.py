"""Linear light, in which sensors integrate, and in which blur and rain must therefore be computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...bench.contracts import UInt8Image

__all__ = ["FloatImage", "SensorNoise", "in_linear_light", "linear_to_srgb", "splat", "srgb_to_linear"]

FloatImage: TypeAlias = NDArray[np.float64]
"""(H, W, 3), linear light, 1 = white."""

SRGB_TOE, LINEAR_TOE = 0.04045, 0.0031308
"""Values below which the sRGB curve is linear."""


@dataclass(frozen=True, slots=True)
class SensorNoise:
    """Shot and read noise: variance of a linear value L is L / full_well + (read / full_well)^2.

    The Gaussian form of the Poisson-Gaussian model (Foi, Trimeche, Katkovnik, Egiazarian: Practical Poissonian-Gaussian
    noise modeling and fitting for single-image raw-data, TIP 2008, eq. 2-4).
    """

    full_well: float = 6000.0
    """Electrons in a white pixel; lower is noisier."""

    read: float = 4.0
    """RMS read noise in electrons."""

    def add(self, linear: FloatImage, rng: np.random.Generator) -> FloatImage:
        """Add noise to a linear image, without clipping."""
        variance = np.clip(linear, 0, None) / self.full_well + (self.read / self.full_well) ** 2
        return linear + np.sqrt(variance) * rng.standard_normal(linear.shape)


def splat(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64], shape: tuple[int, int]
) -> FloatImage:
    """Sum point weights into an image (H, W), spread bilinearly over four pixels; points outside are dropped."""
    height, width = shape
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right_share, lower_share = x - left, y - top
    total = np.zeros(height * width)
    for row, vertical in ((top, 1 - lower_share), (top + 1, lower_share)):
        for column, horizontal in ((left, 1 - right_share), (left + 1, right_share)):
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            index = row[inside] * width + column[inside]
            total += np.bincount(index, (weight * vertical * horizontal)[inside], minlength=height * width)
    return total.reshape(shape)


def in_linear_light(
    image: UInt8Image | FloatImage, change: Callable[[FloatImage], FloatImage]
) -> UInt8Image | FloatImage:
    """Apply a function on linear light to an sRGB or a linear image."""
    if image.dtype == np.uint8:
        return linear_to_srgb(change(srgb_to_linear(np.asarray(image, np.uint8))))
    return change(np.asarray(image, np.float64))


def srgb_to_linear(image: UInt8Image) -> FloatImage:
    """Convert sRGB to linear light (IEC 61966-2-1).

    >>> srgb_to_linear(np.array([[[0, 128, 255]]], np.uint8)).round(4).tolist()
    [[[0.0, 0.2159, 1.0]]]
    """
    value = np.arange(256) / 255
    table = np.where(value <= SRGB_TOE, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return table[image]


def linear_to_srgb(linear: FloatImage) -> UInt8Image:
    """Convert linear light to sRGB, clipped to [0, 1] and rounded to 8 bit; inverse of `srgb_to_linear`."""
    light = np.clip(linear, 0, 1)
    value = np.where(light <= LINEAR_TOE, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(value * 255).astype(np.uint8)
