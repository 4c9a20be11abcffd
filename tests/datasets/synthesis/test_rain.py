"""Rain against its own physics: areas of drops, terminal velocities, linearity in the background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from restorebench.datasets.synthesis.light import srgb_to_linear
from restorebench.datasets.synthesis.rain import Rain, _draw_drops, optical_depth, rain
from scipy import integrate

RNG = np.random.default_rng
CLEAR = Rain(distance=4.0)
"""Without the veil of distant drops."""


def test_drops_follow_marshall_palmer_and_fill_the_view_evenly() -> None:
    settings = replace(CLEAR, rate=50.0, far=6.0, gusts=0.0)
    drops = _draw_drops((256, 384), RNG(0), settings)
    scale = drops.along_x / settings.wind / settings.exposure
    depth = settings.focal_length / scale
    diameter = np.sqrt(drops.area * 4 / np.pi) / scale * 1e3
    slope = 4.1 * 50**-0.21

    def size(d: float) -> float:
        return 8000 * np.exp(-slope * d)

    number, _ = integrate.quad(size, 0.5, 6)
    mean, _ = integrate.quad(lambda d: d * size(d) / number, 0.5, 6)
    assert diameter.mean() == pytest.approx(mean, rel=0.01)
    assert diameter.min() >= 0.5
    assert diameter.max() <= 6
    # Uniform in space: the cube of the depth is uniform.
    cubes = (depth**3 - 0.25**3) / (6**3 - 0.25**3)
    assert np.abs(np.quantile(cubes, [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.01
    margin = 5 * settings.exposure * settings.focal_length / settings.near
    volume = (256 + 2 * margin) * (384 + 2 * margin) * (6**3 - 0.25**3) / 3 / settings.focal_length**2
    assert len(depth) == pytest.approx(number * volume, abs=1)


def test_terminal_velocity_is_that_of_gunn_and_kinzer() -> None:
    """Gunn and Kinzer (1949) measured 4.03 m/s at 1 mm, 6.49 at 2 mm, 8.06 at 3 mm and 9.09 at 5 mm."""
    settings = replace(CLEAR, wind=1.0, gusts=0.0)
    drops = _draw_drops((256, 384), RNG(0), settings)
    scale = drops.along_x / settings.exposure
    diameter = np.sqrt(drops.area * 4 / np.pi) / scale * 1e3
    fall = drops.along_y / scale / settings.exposure
    for size, measured in ((1, 4.03), (2, 6.49), (3, 8.06), (5, 9.09)):
        nearest = np.argmin(np.abs(diameter - size))
        assert fall[nearest] == pytest.approx(measured, abs=0.3)


def test_the_wind_slants_the_streaks() -> None:
    right = _draw_drops((64, 64), RNG(0), replace(CLEAR, wind=3.0, gusts=0.0))
    calm = _draw_drops((64, 64), RNG(0), replace(CLEAR, wind=0.0, gusts=0.3))
    assert (right.along_x > 0).all()
    assert abs(calm.along_x.mean()) < 0.05 * np.abs(calm.along_y).mean()


def test_optical_depth_is_extinction_times_distance() -> None:
    """Over many images, the mean is the integral of N(D) pi D^2 / 4 along the line of sight, drawn drops or veil."""
    settings = replace(CLEAR, rate=100.0, near=0.5, far=4.0, distance=10.0)
    slope = 4.1 * 100**-0.21
    drawn, _ = integrate.quad(lambda d: 8000 * np.exp(-slope * d) * np.pi * d**2 / 4 * 1e-6, 0.5, 6)
    whole, _ = integrate.quad(lambda d: 8000 * np.exp(-slope * d) * np.pi * d**2 / 4 * 1e-6, 0, 50)
    mean = np.mean([optical_depth((96, 128), RNG(seed), settings).mean() for seed in range(30)])
    assert mean == pytest.approx(drawn * 3.5 + whole * 6, rel=0.03)


def test_a_longer_exposure_spreads_the_same_light() -> None:
    short = optical_depth((200, 200), RNG(0), replace(CLEAR, exposure=1 / 500))
    long = optical_depth((200, 200), RNG(0), replace(CLEAR, exposure=1 / 60))
    assert long.mean() == pytest.approx(short.mean(), rel=0.1)
    assert long.std() < short.std() / 2


def test_more_rain_hides_more() -> None:
    depths = [optical_depth((128, 128), RNG(0), replace(CLEAR, rate=rate)).mean() for rate in (5, 25, 100)]
    assert depths[0] < depths[1] < depths[2]


def test_the_change_is_linear_in_the_background() -> None:
    """Garg and Nayar: I (1 - a) + a E, with the same a and E for every background."""
    black, grey, white = (rain(np.full((64, 96, 3), level), RNG(1), CLEAR) for level in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(grey, (black + white) / 2, atol=1e-12)
    share = black / np.array(CLEAR.brightness)
    np.testing.assert_allclose(share, np.repeat(share[:, :, :1], 3, axis=2), atol=1e-12)
    assert 0 < share.max() < 1
    np.testing.assert_allclose(white - black, 1 - share, atol=1e-12)


def test_bright_drops_only_brighten_and_dark_drops_only_darken() -> None:
    image = RNG(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    brighter = rain(image, RNG(1), CLEAR)
    assert brighter.dtype == np.uint8
    assert (brighter >= image).all()
    assert (brighter > image).any()
    assert (rain(image, RNG(1), replace(CLEAR, brightness=(0, 0, 0))) <= image).all()


def test_eight_bit_images_are_changed_in_linear_light() -> None:
    image = RNG(0).integers(0, 200, (64, 96, 3), dtype=np.uint8)
    linear = np.clip(rain(srgb_to_linear(image), RNG(1), CLEAR), 0, 1)
    assert np.abs(srgb_to_linear(rain(image, RNG(1), CLEAR)) - linear).max() < 0.005


def test_the_seed_decides_everything() -> None:
    image = np.full((40, 40, 3), 90, np.uint8)
    first, again, other = (rain(image, RNG(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
