"""Haze against the law of Koschmieder, and the depth surrogate against a plane seen in perspective."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from restorebench.datasets.synthesis.haze import Haze, haze, scene_depth, transmission
from restorebench.datasets.synthesis.light import SensorNoise, srgb_to_linear

RNG = np.random.default_rng
CLEAN = Haze(noise=None)
SCENE = RNG(0).random((40, 56, 3))


def test_without_haze_the_scene_is_unchanged() -> None:
    assert np.array_equal(haze(SCENE, RNG(1), replace(CLEAN, visibility=np.inf)), SCENE)


def test_thick_haze_leaves_only_airlight() -> None:
    hidden = haze(SCENE, RNG(1), replace(CLEAN, visibility=0.1))
    np.testing.assert_allclose(hidden, np.broadcast_to(CLEAN.airlight, SCENE.shape), atol=1e-12)


def test_two_percent_of_the_contrast_is_left_at_the_visibility() -> None:
    assert transmission(np.array([0.0, 150.0, 300.0]), 150.0) == pytest.approx([1, 0.02, 0.0004])


def test_a_wall_fades_towards_airlight_by_the_same_share_everywhere() -> None:
    wall = replace(CLEAN, near=50, far=50, relief=0, visibility=50 * np.log(50) / np.log(2))
    np.testing.assert_allclose(haze(SCENE, RNG(1), wall), (SCENE + np.array(CLEAN.airlight)) / 2, rtol=1e-12)


def test_two_scenes_give_back_transmission_and_airlight() -> None:
    """The law is linear in J: black and white behind the same air are two equations for t and A."""
    black, white = (haze(np.full((40, 56, 3), level), RNG(1), CLEAN) for level in (0.0, 1.0))
    through = transmission(scene_depth((40, 56), RNG(1), CLEAN), CLEAN.visibility)
    np.testing.assert_allclose(white - black, np.repeat(through[:, :, np.newaxis], 3, axis=2), atol=1e-12)
    airlight = black / (1 - white + black)
    np.testing.assert_allclose(airlight, np.broadcast_to(CLEAN.airlight, black.shape), atol=1e-12)


def test_the_ground_is_a_plane_in_perspective() -> None:
    """A plane projects to an inverse depth that is linear in the image, from 1/near below to 1/far above."""
    depth = scene_depth((31, 20), RNG(0), replace(CLEAN, relief=0, near=4, far=40))
    assert depth[0] == pytest.approx(np.full(20, 40.0))
    assert depth[-1] == pytest.approx(np.full(20, 4.0))
    np.testing.assert_allclose(np.diff(1 / depth, n=2, axis=0), 0, atol=1e-15)


def test_a_roll_turns_the_horizon() -> None:
    depth = scene_depth((101, 101), RNG(0), replace(CLEAN, relief=0, roll=30.0))
    # A line of equal depth falls by tan(30 degrees) for a pixel to the right's loss of it.
    assert depth[50, 50] == pytest.approx(depth[50 - 10, 50 + round(10 / np.tan(np.pi / 6))], rel=0.01)


def test_the_relief_has_the_stated_strength_and_no_bias() -> None:
    settings = replace(CLEAN, relief=0.3, near=10, far=10, relief_size=0.1)
    logarithms = [np.log(scene_depth((64, 96), RNG(seed), settings) / 10) for seed in range(60)]
    assert np.mean(logarithms) == pytest.approx(0, abs=0.02)
    assert np.std(logarithms) == pytest.approx(0.3, rel=0.05)


def test_the_relief_is_smooth_over_its_extent() -> None:
    """Noise after a Gaussian of deviation s = extent / 2 correlates over a distance r by exp(-(r / 2s)^2)."""
    settings = replace(CLEAN, relief=1.0, near=10, far=10, relief_size=0.25)
    fields = np.array([np.log(scene_depth((64, 64), RNG(seed), settings) / 10) for seed in range(100)])
    for distance in (4, 8, 16):
        correlation = (fields[:, :, distance:] * fields[:, :, :-distance]).mean() / (fields**2).mean()
        assert correlation == pytest.approx(np.exp(-((distance / 16) ** 2)), abs=0.08)


def test_noise_is_added_after_the_haze() -> None:
    settings = replace(CLEAN, noise=SensorNoise(full_well=1000, read=0), visibility=0.1)
    exposed = haze(np.zeros((200, 200, 3)), RNG(0), settings)
    assert exposed[..., 1].mean() == pytest.approx(CLEAN.airlight[1], abs=0.001)
    assert exposed[..., 1].var() == pytest.approx(CLEAN.airlight[1] / 1000, rel=0.03)


def test_eight_bit_images_are_changed_in_linear_light() -> None:
    image = RNG(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    made = haze(image, RNG(1), CLEAN)
    assert made.dtype == np.uint8
    assert np.abs(srgb_to_linear(made) - haze(srgb_to_linear(image), RNG(1), CLEAN)).max() < 0.005


def test_the_seed_decides_everything() -> None:
    image = np.full((40, 40, 3), 90, np.uint8)
    first, again, other = (haze(image, RNG(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
