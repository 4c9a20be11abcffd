"""Motion blur: movement of the image over the sensor while the shutter is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

from ...bench.contracts import UInt8Image
from .light import FloatImage, SensorNoise, in_linear_light, splat

__all__ = [
    "MotionBlur",
    "blur_along",
    "camera_path",
    "mean_direction",
    "motion_blur",
    "path_extent",
]

PATH_SAMPLES = 1024
HARMONICS = 4

DIRECTIONS = 360
"""Directions in which the extent of a path is measured; between two of them, it is off by less than 1 in 10,000."""


@dataclass(frozen=True, slots=True)
class MotionBlur:
    """Parameters of a camera that rotates slightly during the exposure."""

    length: float = 12.0
    """Length of the path in pixels."""

    tremor: float = 0.7
    """Strength of the tremor relative to the steady motion. Neutral value: `0`, a straight path."""

    angle: float | None = None
    """Direction of the steady motion in degrees, 0 = right, 90 = down; `None` for a random one."""

    noise: SensorNoise | None = field(default_factory=SensorNoise)
    """Sensor noise; `None` for a noiseless sensor."""


@overload
def motion_blur(image: UInt8Image, rng: np.random.Generator, settings: MotionBlur = ...) -> UInt8Image: ...
@overload
def motion_blur(image: FloatImage, rng: np.random.Generator, settings: MotionBlur = ...) -> FloatImage: ...
def motion_blur(
    image: UInt8Image | FloatImage, rng: np.random.Generator, settings: MotionBlur = MotionBlur()
) -> UInt8Image | FloatImage:
    """Blur an image by camera motion: B(x) = 1/T integral of I(x - p(t)) dt, plus noise.

    Rotation about the horizontal and vertical axes shifts the image of a distant scene as a whole, so the integral is
    a convolution with the time that the path p spends at each offset. The image is interpolated bilinearly and
    mirrored at its border. p is centred on its mean, which aligns the blurred image with the sharp one. Blur must be
    computed in linear light: Nah et al., CVPR 2017, section 2; Rim et al., ECCV 2022.

    Args:
        image: (H, W, 3), uint8 sRGB or floating-point linear light; larger than the path in both directions.
        rng: source of the path and the noise.
        settings: length and shape of the path, and sensor noise.
    """
    return blur_along(image, camera_path(rng, settings), rng, settings.noise)


@overload
def blur_along(
    image: UInt8Image, path: NDArray[np.float64], rng: np.random.Generator, noise: SensorNoise | None
) -> UInt8Image: ...
@overload
def blur_along(
    image: FloatImage, path: NDArray[np.float64], rng: np.random.Generator, noise: SensorNoise | None
) -> FloatImage: ...
def blur_along(
    image: UInt8Image | FloatImage,
    path: NDArray[np.float64],
    rng: np.random.Generator,
    noise: SensorNoise | None,
) -> UInt8Image | FloatImage:
    """Blur an image by motion along a known path, as `motion_blur` does along a random one.

    Args:
        image: (H, W, 3), uint8 sRGB or floating-point linear light; larger than the path in both directions.
        path: offsets (x, y) in pixels at equally spaced times, (N, 2).
        rng: source of the noise.
        noise: of the sensor; `None` for a noiseless one.
    """

    def blurred(linear: FloatImage) -> FloatImage:
        result = _convolve(linear, _time_per_offset(path))
        return result if noise is None else noise.add(result, rng)

    return in_linear_light(image, blurred)


def path_extent(path: NDArray[np.float64]) -> float:
    """Largest distance in pixels between two points of a path (N, 2).

    >>> round(path_extent(np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]])), 3)
    5.0
    """
    angles = np.linspace(0, np.pi, DIRECTIONS, endpoint=False)
    along = path @ np.stack([np.cos(angles), np.sin(angles)])
    return float(np.ptp(along, axis=0).max())


def mean_direction(path: NDArray[np.float64]) -> float:
    """Direction of the line from the first to the last point of a path (N, 2), in degrees from 0 to below 180.

    0 is horizontal, 90 vertical, 45 from upper left to lower right. There and back blur alike, so that a blurred image
    does not tell one from the other.
    """
    x, y = path[-1] - path[0]
    return float(np.rad2deg(np.arctan2(y, x)) % 180)


def camera_path(rng: np.random.Generator, settings: MotionBlur) -> NDArray[np.float64]:
    """Draw a path: offsets (x, y) in pixels at equally spaced times, (PATH_SAMPLES, 2), with mean 0.

    The velocity is u + tremor * w(t), where u is a unit vector and w a random Fourier series of RMS 1 with amplitudes
    falling as 1/k; the path is scaled to the requested length.
    """
    angle = rng.uniform(0, 360) if settings.angle is None else settings.angle
    direction = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    time = (np.arange(PATH_SAMPLES) + 0.5) / PATH_SAMPLES
    order = np.arange(1, HARMONICS + 1)
    phase = np.pi * np.outer(time, order)
    cosine, sine = rng.standard_normal((2, HARMONICS, 2)) / order[:, np.newaxis] / np.sqrt(2 * np.sum(1 / order**2))
    # The integral of the velocity, term by term.
    trembling = (np.sin(phase) / (np.pi * order)) @ cosine + ((1 - np.cos(phase)) / (np.pi * order)) @ sine
    path = np.outer(time, direction) + settings.tremor * trembling
    steps = np.hypot(*np.diff(path, axis=0).T)
    # Samples are midpoints of equal intervals: the path extends half an interval beyond the outer two.
    whole = steps.sum() * PATH_SAMPLES / (PATH_SAMPLES - 1)
    return (path - path.mean(axis=0)) * (settings.length / whole)


def _time_per_offset(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of time spent at each integer offset, (2r+1, 2r+1) with offset 0 in the middle; sums to 1."""
    radius = int(np.ceil(np.abs(path).max())) + 1
    side = 2 * radius + 1
    return splat(path[:, 0] + radius, path[:, 1] + radius, np.full(len(path), 1 / len(path)), (side, side))


def _convolve(image: FloatImage, kernel: NDArray[np.float64]) -> FloatImage:
    radius = len(kernel) // 2
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    height, width, _ = padded.shape
    spectrum = np.fft.rfft2(kernel, s=(height, width))[:, :, np.newaxis]
    blurred = np.fft.irfft2(np.fft.rfft2(padded, axes=(0, 1)) * spectrum, s=(height, width), axes=(0, 1))
    # The circular convolution is valid where the kernel, which starts at offset -radius, does not wrap around.
    return np.clip(blurred[2 * radius :, 2 * radius :], 0, None)
