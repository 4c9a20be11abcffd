"""Falling snow: flakes with a natural size distribution drifting through the view during the exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np

from ...bench.contracts import UInt8Image
from .light import FloatImage, in_linear_light
from .particles import Particles, Values, draw_streaks

__all__ = ["Snow", "flakes", "snow", "snow_depth"]

SMALLEST_MM, LARGEST_MM = 0.3, 4.0
"""Range of melted diameters: smaller flakes hardly cover anything, larger ones are rare."""

CRYSTALS = 4
"""Discs of which a flake consists, so that near flakes are irregular."""


@dataclass(frozen=True, slots=True)
class Snow:
    """Parameters of weather, camera and scene."""

    rate: float = 2.0
    """Snowfall in mm/h of melted water: 1 is moderate, 2.5 heavy."""

    wind: float = 0.5
    """Wind speed towards the right of the image, m/s."""

    turbulence: float = 0.4
    """RMS deviation of each component of a flake's velocity, m/s."""

    exposure: float = 1 / 200
    """Exposure time in seconds; longer gives longer and fainter streaks."""

    brightness: tuple[float, float, float] = (0.93, 0.95, 0.98)
    """Linear light of a flake, 1 = white: snow reflects nearly all light of the sky."""

    focal_length: float = 500.0
    """Focal length in pixels."""

    aperture: float = 2.0
    """Aperture diameter in mm; the focus is at infinity, so near flakes are blurred."""

    near: float = 0.4
    """Distance of the nearest flakes, m."""

    far: float = 6.0
    """Distance of the farthest flakes drawn individually, m."""

    distance: float = 20.0
    """Distance of the scene, m; flakes beyond `far` form a uniform veil."""


@overload
def snow(image: UInt8Image, rng: np.random.Generator, settings: Snow = ...) -> UInt8Image: ...
@overload
def snow(image: FloatImage, rng: np.random.Generator, settings: Snow = ...) -> FloatImage: ...
def snow(image: UInt8Image | FloatImage, rng: np.random.Generator, settings: Snow = Snow()) -> UInt8Image | FloatImage:
    """Render an image seen through falling snow.

    As for rain, a flake covering a pixel for the share a of the exposure changes its light I to (1 - a) I + a E, and
    many independent flakes give I exp(-A) + E (1 - exp(-A)) with A the sum of all a, see `snow_depth`. Flakes are
    opaque and white, where drops refract the sky.

    Args:
        image: (H, W, 3), uint8 sRGB or floating-point linear light.
        rng: source of the flakes.
        settings: weather, camera and scene.
    """
    height, width, _ = image.shape
    through = np.exp(-snow_depth((height, width), rng, settings))[:, :, np.newaxis]
    return in_linear_light(image, lambda linear: linear * through + np.array(settings.brightness) * (1 - through))


def snow_depth(shape: tuple[int, int], rng: np.random.Generator, settings: Snow) -> Values:
    """Sum over all flakes of the share of the exposure for which each covers a pixel (the optical depth), (H, W).

    Regardless of motion and blur, a flake of diameter D at depth z adds its area, pi (f D / z)^2 / 4, to the sum over
    the image.
    """
    drawn = draw_streaks(flakes(shape, rng, settings), shape)
    return drawn + _extinction(settings.rate) * max(settings.distance - settings.far, 0)


def flakes(shape: tuple[int, int], rng: np.random.Generator, settings: Snow) -> Particles:
    """Draw the flakes in the visible volume, each as several discs with the area of one.

    Melted diameters follow Gunn and Marshall (J. Meteorology 1958), see `_size_distribution`. At depth z a flake of
    diameter D is f D / z pixels wide, its streak is f v T / z long, and the aperture widens it by f A / z. It falls at
    v(D) = 0.8 D^0.16 m/s, D in mm (Locatelli and Hobbs, JGR 1974, unrimed aggregates), and drifts with the wind.
    """
    height, width = shape
    focal, (intercept, slope) = settings.focal_length, _size_distribution(settings.rate)
    margin = 5 * settings.exposure * focal / settings.near
    volume = (height + 2 * margin) * (width + 2 * margin) * (settings.far**3 - settings.near**3) / (3 * focal**2)
    per_volume = intercept / slope * (np.exp(-slope * SMALLEST_MM) - np.exp(-slope * LARGEST_MM))
    # The expected number, as for rain.
    uniform = rng.random((4, round(volume * per_volume)))
    depth = np.cbrt(settings.near**3 + uniform[0] * (settings.far**3 - settings.near**3))
    diameter = _diameter(SMALLEST_MM - np.log1p(uniform[1] * np.expm1(-slope * (LARGEST_MM - SMALLEST_MM))) / slope)
    drift, sinking = settings.turbulence * rng.standard_normal((2, len(depth)))
    scale = focal / depth
    whole = Particles(
        x=uniform[2] * (width + 2 * margin) - margin,
        y=uniform[3] * (height + 2 * margin) - margin,
        along_x=scale * (settings.wind + drift) * settings.exposure,
        along_y=scale * (0.8 * diameter**0.16 + sinking) * settings.exposure,
        width=scale * (diameter + settings.aperture) * 1e-3,
        area=np.pi / 4 * (scale * diameter * 1e-3) ** 2,
    )
    return _broken_up(whole, scale * diameter * 1e-3, rng)


def _broken_up(whole: Particles, size: Values, rng: np.random.Generator) -> Particles:
    """Replace each flake by `CRYSTALS` discs of equal area around its centre, within about its diameter in pixels."""
    shift_x, shift_y = (rng.random((2, CRYSTALS, len(size))) - 0.5) * 0.7 * size

    def each(values: Values) -> Values:
        return np.tile(values, (CRYSTALS, 1)).ravel()

    return Particles(
        x=(whole.x + shift_x).ravel(),
        y=(whole.y + shift_y).ravel(),
        along_x=each(whole.along_x),
        along_y=each(whole.along_y),
        width=each(whole.width - 0.4 * size),
        area=each(whole.area / CRYSTALS),
    )


def _size_distribution(rate: float) -> tuple[float, float]:
    """N0 in 1/(m^3 mm) and Lambda in 1/mm of N(D) = N0 exp(-Lambda D) for the melted diameter D.

    Gunn and Marshall, The distribution with size of aggregate snowflakes, J. Meteorology 15, 1958.
    """
    return 3800 * rate**-0.87, 2.55 * rate**-0.48


def _diameter(melted: Values) -> Values:
    """Diameter of a flake in mm from that of the drop it melts to.

    Its density is 0.178 D^-0.922 g/cm^3 (Brandes et al., J. Applied Meteorology and Climatology 2007), and its
    mass that of the drop: 0.178 D^2.078 = melted^3.
    """
    return (melted**3 / 0.178) ** (1 / 2.078)


def _extinction(rate: float) -> float:
    """Share of light that flakes of all drawn sizes block per metre: the integral of N pi D^2 / 4."""
    intercept, slope = _size_distribution(rate)
    melted = np.linspace(SMALLEST_MM, LARGEST_MM, 1001)
    blocked = intercept * np.exp(-slope * melted) * np.pi / 4 * (_diameter(melted) * 1e-3) ** 2
    return float(((blocked[1:] + blocked[:-1]) / 2 * np.diff(melted)).sum())
