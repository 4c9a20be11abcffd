"""Snow against its own physics: number, sizes and speeds of flakes, their areas, and linearity in the background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from restorebench.datasets.synthesis.light import srgb_to_linear
from restorebench.datasets.synthesis.snow import CRYSTALS, Snow, flakes, snow, snow_depth
from scipy import integrate

RNG = np.random.default_rng
NO_VEIL = Snow(distance=6.0)


def melted_number(melted: float, rate: float) -> float:
    """N(D) of Gunn and Marshall (1958), per m^3 and mm."""
    return 3800 * rate**-0.87 * np.exp(-2.55 * rate**-0.48 * melted)


def flake_area(melted: float) -> float:
    """Cross-section in m^2 of a flake of mass pi/6 melted^3 and density 0.178 D^-0.922 g/cm^3."""
    diameter = (melted**3 / 0.178) ** (1 / (3 - 0.922))
    return np.pi / 4 * (diameter * 1e-3) ** 2


def test_the_number_of_flakes_is_that_of_the_volume() -> None:
    settings = replace(NO_VEIL, rate=1.5)
    number, _ = integrate.quad(melted_number, 0.3, 4, args=(1.5,))
    margin = 5 * settings.exposure * settings.focal_length / settings.near
    volume = (120 + 2 * margin) * (160 + 2 * margin) * (6**3 - 0.4**3) / 3 / settings.focal_length**2
    assert len(flakes((120, 160), RNG(0), settings).x) == CRYSTALS * round(number * volume)


def test_flakes_have_natural_sizes_and_fill_the_view_evenly() -> None:
    settings = replace(NO_VEIL, rate=2.0, turbulence=0.0, wind=1.0)
    made = flakes((512, 512), RNG(0), settings)
    scale = made.along_x / settings.exposure
    cubes = ((settings.focal_length / scale) ** 3 - 0.4**3) / (6**3 - 0.4**3)
    assert np.abs(np.quantile(cubes, [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.01
    number, _ = integrate.quad(melted_number, 0.3, 4, args=(2.0,))
    mean, _ = integrate.quad(lambda d: flake_area(d) * melted_number(d, 2.0) / number, 0.3, 4)
    assert (CRYSTALS * made.area / scale**2).mean() == pytest.approx(mean, rel=0.02)


def test_flakes_fall_as_locatelli_and_hobbs_measured() -> None:
    """About 0.8 m/s at 1 mm and 1.1 m/s at 8 mm: far slower than rain, and nearly regardless of size."""
    settings = replace(NO_VEIL, turbulence=0.0, wind=1.0)
    made = flakes((256, 256), RNG(0), settings)
    scale = made.along_x / settings.exposure
    diameter = np.sqrt(CRYSTALS * made.area / scale**2 * 4 / np.pi) * 1e3
    np.testing.assert_allclose(made.along_y / made.along_x, 0.8 * diameter**0.16, rtol=1e-9)
    assert made.along_y.min() > 0


def test_turbulence_moves_flakes_to_all_sides() -> None:
    settings = replace(NO_VEIL, turbulence=0.5, wind=0.0, near=1.0)
    made = flakes((256, 256), RNG(0), settings)
    calm = flakes((256, 256), RNG(0), replace(settings, turbulence=0.0))
    # Pixels per metre at depth z are f / z, and the mean of 1 / z^2 over the volume is 3 (6 - 1) / (6^3 - 1^3).
    speed = 0.5 * settings.focal_length * np.sqrt(3 * (6 - 1) / (6**3 - 1))
    for moved, still in ((made.along_x, calm.along_x), (made.along_y, calm.along_y)):
        drift = (moved - still) / settings.exposure
        assert np.sqrt(np.mean(drift**2)) == pytest.approx(speed, rel=0.03)
        assert abs(drift.mean()) < 0.05 * speed


def test_the_crystals_of_a_flake_stay_together_and_share_its_area() -> None:
    made = flakes((64, 64), RNG(0), NO_VEIL)
    x, y, area, width = (values.reshape(CRYSTALS, -1) for values in (made.x, made.y, made.area, made.width))
    diameter = np.sqrt(area.sum(0) * 4 / np.pi)
    np.testing.assert_allclose(area, np.tile(area[0], (CRYSTALS, 1)))
    for place in (x, y):
        assert (np.ptp(place, axis=0) <= 0.7 * diameter + 1e-9).all()
    assert (width > 0).all()


def test_optical_depth_is_extinction_times_distance() -> None:
    """Over many images, the mean is the integral of N times the area along the line of sight, drawn flakes or veil."""
    settings = replace(NO_VEIL, rate=2.0, near=1.0, far=5.0, distance=15.0)
    extinction, _ = integrate.quad(lambda d: melted_number(d, 2.0) * flake_area(d), 0.3, 4)
    mean = np.mean([snow_depth((64, 96), RNG(seed), settings).mean() for seed in range(30)])
    assert mean == pytest.approx(extinction * 14, rel=0.03)
    veil = replace(settings, near=4.999999)
    assert snow_depth((8, 8), RNG(0), veil) == pytest.approx(np.full((8, 8), extinction * 10), rel=1e-3)


def test_a_longer_exposure_spreads_the_same_light() -> None:
    settings = replace(NO_VEIL, aperture=0.0, near=1.0, turbulence=0.0)
    short, long = (snow_depth((160, 160), RNG(0), replace(settings, exposure=time)) for time in (1 / 2000, 1 / 20))
    assert long.mean() == pytest.approx(short.mean(), rel=0.1)
    assert long.std() < short.std() / 2


def test_the_change_is_linear_in_the_background() -> None:
    black, grey, white = (snow(np.full((48, 64, 3), level), RNG(1)) for level in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(grey, (black + white) / 2, atol=1e-12)
    share = black / np.array(Snow().brightness)
    np.testing.assert_allclose(share, np.repeat(share[:, :, :1], 3, axis=2), atol=1e-12)
    assert 0 < share.min() < share.max() <= 1
    np.testing.assert_allclose(white - black, 1 - share, atol=1e-12)


def test_more_snow_hides_more() -> None:
    depths = [snow_depth((96, 96), RNG(0), replace(NO_VEIL, rate=rate)).mean() for rate in (0.5, 1, 2, 4)]
    assert depths == sorted(depths)


def test_eight_bit_images_are_changed_in_linear_light() -> None:
    image = RNG(0).integers(0, 200, (48, 64, 3), dtype=np.uint8)
    made = snow(image, RNG(1))
    assert made.dtype == np.uint8
    assert np.abs(srgb_to_linear(made) - np.clip(snow(srgb_to_linear(image), RNG(1)), 0, 1)).max() < 0.005


def test_the_seed_decides_everything() -> None:
    image = np.full((40, 40, 3), 90, np.uint8)
    first, again, other = (snow(image, RNG(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
