"""Haze: light of the scene that is scattered away, and airlight that is scattered in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import overload

import numpy as np

from ...bench.contracts import UInt8Image
from .light import FloatImage, SensorNoise, in_linear_light
from .particles import Values

__all__ = ["Haze", "haze", "scene_depth", "transmission"]

CONTRAST_THRESHOLD = 0.02
"""Contrast of a black object against the horizon at the limit of visibility (Koschmieder 1924)."""


@dataclass(frozen=True, slots=True)
class Haze:
    """Parameters of air and scene."""

    visibility: float = 100.0
    """Meteorological range in metres: distance at which 2 % of the contrast is left. Below 1000 m it is fog."""

    airlight: tuple[float, float, float] = (0.60, 0.62, 0.65)
    """Linear light of the sky near the horizon, 1 = white."""

    near: float = 5.0
    """Distance of the scene at the bottom of the image, m."""

    far: float = 60.0
    """Distance of the scene at the top of the image, m."""

    roll: float = 0.0
    """Angle in degrees by which the ground rises to the right of the image."""

    relief: float = 0.25
    """RMS of the logarithm of the depth around that of the ground. Neutral value: `0`, a plane."""

    relief_size: float = 0.25
    """Extent of hills and hollows as a share of the shorter side of the image."""

    noise: SensorNoise | None = field(default_factory=SensorNoise)
    """Sensor noise; `None` for a noiseless sensor."""


@overload
def haze(image: UInt8Image, rng: np.random.Generator, settings: Haze = ...) -> UInt8Image: ...
@overload
def haze(image: FloatImage, rng: np.random.Generator, settings: Haze = ...) -> FloatImage: ...
def haze(image: UInt8Image | FloatImage, rng: np.random.Generator, settings: Haze = Haze()) -> UInt8Image | FloatImage:
    """Render an image seen through haze: I = J t + A (1 - t) with the transmission t = exp(-beta d), plus noise.

    Koschmieder 1924; Narasimhan and Nayar: Vision and the Atmosphere, IJCV 2002; He, Sun, Tang: Single Image
    Haze Removal Using Dark Channel Prior, CVPR 2009, eq. 1-2. The law holds for linear light. The droplets of fog are
    larger than the wavelength, so beta is the same for all colours.

    Args:
        image: (H, W, 3), uint8 sRGB or floating-point linear light.
        rng: source of the relief of the scene and of the noise.
        settings: air, scene and sensor.
    """
    height, width, _ = image.shape
    through = transmission(scene_depth((height, width), rng, settings), settings.visibility)[:, :, np.newaxis]

    def hazy(linear: FloatImage) -> FloatImage:
        result = linear * through + np.array(settings.airlight) * (1 - through)
        return result if settings.noise is None else settings.noise.add(result, rng)

    return in_linear_light(image, hazy)


def transmission(depth: Values, visibility: float) -> Values:
    """Share of light that arrives from a depth in metres; 2 % from as far as the visibility."""
    return np.exp(np.log(CONTRAST_THRESHOLD) / visibility * depth)


def scene_depth(shape: tuple[int, int], rng: np.random.Generator, settings: Haze) -> Values:
    """Draw a surrogate for the depth of the scene in metres, (H, W).

    A photograph comes without its depth. The surrogate is the ground as a camera sees it, whose inverse depth is
    linear in the image, from 1/near at the lower edge to 1/far at the upper one, times the exponential of a smooth
    Gaussian random field. It ignores the objects in the image.
    """
    height, width = shape
    rows, columns = np.mgrid[:height, :width]
    rise = np.tan(np.deg2rad(settings.roll)) * (columns - (width - 1) / 2)
    down = np.clip((rows + rise) / max(height - 1, 1), 0, 1)
    ground = 1 / (1 / settings.far + down * (1 / settings.near - 1 / settings.far))
    return ground * np.exp(settings.relief * _smooth_field(shape, rng, settings.relief_size * min(shape)))


def _smooth_field(shape: tuple[int, int], rng: np.random.Generator, extent: float) -> Values:
    """Draw Gaussian noise smoothed by a Gaussian of standard deviation `extent` / 2 pixels, with variance 1.

    The spectrum is that of an image mirrored at its borders, so that opposite borders differ.
    """
    height, width = (2 * side for side in shape)
    vertical, horizontal = np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width)
    response = np.exp(-0.5 * (np.pi * extent) ** 2 * (vertical**2 + horizontal**2))
    spectrum = np.fft.rfft2(rng.standard_normal((height, width))) * response
    field_ = np.fft.irfft2(spectrum, s=(height, width))
    # Variance of white noise after a filter: the sum of the squared impulse response.
    impulse = np.fft.irfft2(response.astype(complex), s=(height, width))
    return field_[: shape[0], : shape[1]] / np.sqrt(np.square(impulse).sum())
