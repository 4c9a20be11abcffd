"""Rain streaks: drops with a natural size distribution falling through the view during the exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np

from ...bench.contracts import UInt8Image
from .light import FloatImage, in_linear_light
from .particles import Particles, Values, draw_streaks

__all__ = ["Rain", "optical_depth", "rain"]

INTERCEPT = 8000.0
"""N0 of Marshall and Palmer: drops per m^3 and mm of diameter."""

SMALLEST_MM, LARGEST_MM = 0.5, 6.0
"""Range of diameters: smaller drops hardly cover anything, larger ones break up."""


@dataclass(frozen=True, slots=True)
class Rain:
    """Parameters of weather, camera and scene."""

    rate: float = 100.0
    """Rain rate in mm/h: 10 is moderate, 50 heavy, 100 a cloudburst."""

    wind: float = 1.5
    """Wind speed towards the right of the image, m/s, which slants the streaks."""

    gusts: float = 0.3
    """RMS deviation of a drop's sideways speed, m/s."""

    exposure: float = 1 / 200
    """Exposure time in seconds; longer gives longer and fainter streaks."""

    brightness: tuple[float, float, float] = (1.8, 1.85, 1.9)
    """Linear light of a drop, 1 = white. A drop refracts nearly the whole sky, so it is brighter than the scene."""

    focal_length: float = 500.0
    """Focal length in pixels."""

    aperture: float = 1.0
    """Aperture diameter in mm; the focus is at infinity, so near drops are blurred."""

    near: float = 0.25
    """Distance of the nearest drops, m."""

    far: float = 4.0
    """Distance of the farthest drops drawn individually, m."""

    distance: float = 8.0
    """Distance of the scene, m; drops beyond `far` form a uniform veil."""


@overload
def rain(image: UInt8Image, rng: np.random.Generator, settings: Rain = ...) -> UInt8Image: ...
@overload
def rain(image: FloatImage, rng: np.random.Generator, settings: Rain = ...) -> FloatImage: ...
def rain(image: UInt8Image | FloatImage, rng: np.random.Generator, settings: Rain = Rain()) -> UInt8Image | FloatImage:
    """Render an image seen through falling rain.

    A drop covering a pixel for the share a of the exposure changes its light I to (1 - a) I + a E, where E is the
    drop's own brightness (Garg and Nayar: Vision and Rain, IJCV 2007, section 4: the change is linear in the
    background). Many independent drops give I exp(-A) + E (1 - exp(-A)) with A the sum of all a, see `optical_depth`.

    Args:
        image: (H, W, 3), uint8 sRGB or floating-point linear light.
        rng: source of the drops.
        settings: weather, camera and scene.
    """
    height, width, _ = image.shape
    through = np.exp(-optical_depth((height, width), rng, settings))[:, :, np.newaxis]
    return in_linear_light(image, lambda linear: linear * through + np.array(settings.brightness) * (1 - through))


def optical_depth(shape: tuple[int, int], rng: np.random.Generator, settings: Rain) -> Values:
    """Sum over all drops of the share of the exposure for which each covers a pixel, (H, W).

    Sizes follow Marshall and Palmer (J. Meteorology 1948): N(D) = 8000 exp(-4.1 R^-0.21 D) per m^3 and mm. A drop falls
    at v(D) = 9.65 - 10.3 exp(-0.6 D) m/s (Atlas, Srivastava, Sekhon 1973). At depth z it is f D / z pixels wide, its
    streak is f v T / z long, and the aperture widens it by f A / z. Regardless of speed and blur, a drop adds its area,
    pi (f D / z)^2 / 4, to the sum over the image.
    """
    drops = _draw_drops(shape, rng, settings)
    slope = _slope(settings.rate)
    # The integral of N(D) pi D^2 / 4: the share of light blocked by drops per metre.
    extinction = INTERCEPT * np.pi / (2 * slope**3) * 1e-6
    return draw_streaks(drops, shape) + extinction * max(settings.distance - settings.far, 0)


def _slope(rate: float) -> float:
    """Lambda of Marshall and Palmer, per mm."""
    return 4.1 * rate**-0.21


def _draw_drops(shape: tuple[int, int], rng: np.random.Generator, settings: Rain) -> Particles:
    """Draw drops in the visible volume, with a margin from which streaks may extend into the image."""
    height, width = shape
    focal, slope = settings.focal_length, _slope(settings.rate)
    margin = 5 * settings.exposure * focal / settings.near
    volume = (height + 2 * margin) * (width + 2 * margin) * (settings.far**3 - settings.near**3) / (3 * focal**2)
    per_volume = INTERCEPT / slope * (np.exp(-slope * SMALLEST_MM) - np.exp(-slope * LARGEST_MM))
    # The expected number instead of a Poisson sample, whose algorithm branches on the last bit of a logarithm.
    uniform = rng.random((4, round(volume * per_volume)))
    depth = np.cbrt(settings.near**3 + uniform[0] * (settings.far**3 - settings.near**3))
    diameter = SMALLEST_MM - np.log1p(uniform[1] * np.expm1(-slope * (LARGEST_MM - SMALLEST_MM))) / slope
    fall = 9.65 - 10.3 * np.exp(-0.6 * diameter)
    drift = settings.wind + settings.gusts * rng.standard_normal(len(depth))
    scale = focal / depth
    return Particles(
        x=uniform[2] * (width + 2 * margin) - margin,
        y=uniform[3] * (height + 2 * margin) - margin,
        along_x=scale * drift * settings.exposure,
        along_y=scale * fall * settings.exposure,
        width=scale * (diameter + settings.aperture) * 1e-3,
        area=np.pi / 4 * (scale * diameter * 1e-3) ** 2,
    )
