"""Rain streaks: drops of a natural size distribution that fall through the view while the shutter is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from ...bench.contracts import UInt8Image
from .light import FloatImage, in_linear_light, splat

__all__ = ["Rain", "optical_depth", "rain"]

Values = NDArray[np.float64]

INTERCEPT = 8000.0
"""N0 of Marshall and Palmer, drops per m^3 and mm of diameter."""

SMALLEST_MM, LARGEST_MM = 0.5, 6.0
"""Diameters: smaller drops hardly cover anything, larger ones break up."""


@dataclass(frozen=True, slots=True)
class Rain:
    """The weather, the camera and the view."""

    rate: float = 100.0
    """Rain rate in mm/h: 10 is moderate, 50 heavy, 100 a cloudburst."""

    wind: float = 1.5
    """Speed of the wind to the right of the image, m/s: slants the streaks."""

    gusts: float = 0.3
    """Deviation of each drop's sideways speed, m/s, root mean square."""

    exposure: float = 1 / 200
    """Seconds that the shutter is open: longer gives longer and fainter streaks."""

    brightness: tuple[float, float, float] = (1.8, 1.85, 1.9)
    """Linear light of a drop, 1 = white. A drop shows nearly the whole sky, so it is brighter than the scene."""

    focal_length: float = 500.0
    """In pixels."""

    aperture: float = 1.0
    """Diameter of the lens opening in mm; the focus is far away, so near drops are blurred by it."""

    near: float = 0.25
    """Nearest drops, m."""

    far: float = 4.0
    """Farthest drops that are drawn one by one, m."""

    distance: float = 8.0
    """Distance of the scene, m; drops between `far` and it form an even veil."""


@overload
def rain(image: UInt8Image, rng: np.random.Generator, settings: Rain = ...) -> UInt8Image: ...
@overload
def rain(image: FloatImage, rng: np.random.Generator, settings: Rain = ...) -> FloatImage: ...
def rain(image: UInt8Image | FloatImage, rng: np.random.Generator, settings: Rain = Rain()) -> UInt8Image | FloatImage:
    """An image seen through falling rain.

    A drop that covers a pixel for the share a of the exposure turns its light I into (1 - a) I + a E, where E is the
    drop's own brightness (Garg and Nayar: Vision and Rain, IJCV 2007, section 4: the change is linear in the
    background). Many independent drops give I exp(-A) + E (1 - exp(-A)) with A the sum of all a, see `optical_depth`.

    Args:
        image: (H, W, 3), uint8 sRGB or floating linear light.
        rng: decides the drops.
        settings: weather, camera and view.
    """
    height, width, _ = image.shape
    through = np.exp(-optical_depth((height, width), rng, settings))[:, :, np.newaxis]
    return in_linear_light(image, lambda linear: linear * through + np.array(settings.brightness) * (1 - through))


def optical_depth(shape: tuple[int, int], rng: np.random.Generator, settings: Rain) -> Values:
    """The sum over all drops of the share of the exposure for which each covers a pixel, (H, W).

    Sizes follow Marshall and Palmer (J. Meteorology 1948): N(D) = 8000 exp(-4.1 R^-0.21 D) per m^3 and mm. A drop falls
    with v(D) = 9.65 - 10.3 exp(-0.6 D) m/s (Atlas, Srivastava, Sekhon 1973). At the depth z it is f D / z pixels wide,
    its streak f v T / z long, and the lens opening widens it by f A / z. Whatever its speed and blur, a drop adds
    its area, pi (f D / z)^2 / 4, to the sum over the image.
    """
    drops = _draw_drops(shape, rng, settings)
    slope = _slope(settings.rate)
    # The integral of N(D) pi D^2 / 4: the share of light that drops take away per metre.
    extinction = INTERCEPT * np.pi / (2 * slope**3) * 1e-6
    return _draw_streaks(drops, shape) + extinction * max(settings.distance - settings.far, 0)


@dataclass(frozen=True, slots=True)
class _Drops:
    """One entry a drop, in pixels."""

    x: Values
    y: Values
    """The middle of the streak."""

    along_x: Values
    along_y: Values
    """From one end of the streak to the other."""

    width: Values
    area: Values


def _slope(rate: float) -> float:
    """Lambda of Marshall and Palmer, per mm."""
    return 4.1 * rate**-0.21


def _draw_drops(shape: tuple[int, int], rng: np.random.Generator, settings: Rain) -> _Drops:
    """Drops in the part of space that the image shows, with a margin from which streaks may reach in."""
    height, width = shape
    focal, slope = settings.focal_length, _slope(settings.rate)
    margin = 5 * settings.exposure * focal / settings.near
    volume = (height + 2 * margin) * (width + 2 * margin) * (settings.far**3 - settings.near**3) / (3 * focal**2)
    per_volume = INTERCEPT / slope * (np.exp(-slope * SMALLEST_MM) - np.exp(-slope * LARGEST_MM))
    # The expected number, not a Poisson draw, whose algorithm branches on the last bit of a logarithm.
    uniform = rng.random((4, round(volume * per_volume)))
    depth = np.cbrt(settings.near**3 + uniform[0] * (settings.far**3 - settings.near**3))
    diameter = SMALLEST_MM - np.log1p(uniform[1] * np.expm1(-slope * (LARGEST_MM - SMALLEST_MM))) / slope
    fall = 9.65 - 10.3 * np.exp(-0.6 * diameter)
    drift = settings.wind + settings.gusts * rng.standard_normal(len(depth))
    scale = focal / depth
    return _Drops(
        x=uniform[2] * (width + 2 * margin) - margin,
        y=uniform[3] * (height + 2 * margin) - margin,
        along_x=scale * drift * settings.exposure,
        along_y=scale * fall * settings.exposure,
        width=scale * (diameter + settings.aperture) * 1e-3,
        area=np.pi / 4 * (scale * diameter * 1e-3) ** 2,
    )


def _draw_streaks(drops: _Drops, shape: tuple[int, int]) -> Values:
    """Spread each drop's area over its streak: evenly along, like the chords of a disc across."""
    length = np.hypot(drops.along_x, drops.along_y)
    steps = np.ceil(2 * length).astype(np.int64) + 1
    lanes = np.ceil(2 * drops.width).astype(np.int64)
    count = steps * lanes
    drop = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(drop)) - np.repeat(np.cumsum(count) - count, count)
    along = (number // lanes[drop] + 0.5) / steps[drop] - 0.5
    across = (number % lanes[drop] + 0.5) / lanes[drop] - 0.5
    chord = np.sqrt(1 - 4 * across**2)
    weight = chord * (drops.area / np.bincount(drop, chord))[drop]
    sideways = across * (drops.width / length)[drop]
    x = drops.x[drop] + along * drops.along_x[drop] - sideways * drops.along_y[drop]
    y = drops.y[drop] + along * drops.along_y[drop] + sideways * drops.along_x[drop]
    return splat(x, y, weight, shape)
