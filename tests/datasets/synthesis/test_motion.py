"""Motion blur against closed forms: box integrals, light that is kept, noise of the stated variance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from restorebench.datasets.synthesis.light import SensorNoise, linear_to_srgb, splat, srgb_to_linear
from restorebench.datasets.synthesis.motion import MotionBlur, camera_path, motion_blur
from scipy import ndimage

RNG = np.random.default_rng


def scene(seed: int = 0, shape: tuple[int, int] = (40, 48)) -> np.ndarray:
    return ndimage.gaussian_filter(RNG(seed).random((*shape, 3)), (1, 1, 0))


@pytest.mark.parametrize("length", [4, 10])
@pytest.mark.parametrize(("angle", "axis"), [(0, 1), (90, 0), (180, 1)])
def test_a_straight_path_is_a_box_integral(length: int, angle: float, axis: int) -> None:
    """The integral of a bilinear image over whole pixels is the trapezoid rule, [1/2, 1, ..., 1, 1/2] / length."""
    image = scene()
    settings = MotionBlur(length=length, tremor=0, angle=angle, noise=None)
    weights = np.ones(length + 1) / length
    weights[[0, -1]] /= 2
    expected = ndimage.convolve1d(image, weights, axis=axis, mode="mirror")
    np.testing.assert_allclose(motion_blur(image, RNG(0), settings), expected, atol=1e-5)


def test_a_diagonal_path_of_a_ramp_leaves_the_ramp() -> None:
    """The path is centred, so whatever is linear in x and y is unchanged away from the mirrored border."""
    rows, columns = np.mgrid[0:60, 0:60]
    ramp = np.repeat((0.002 * rows + 0.003 * columns)[:, :, np.newaxis], 3, axis=2)
    blurred = motion_blur(ramp, RNG(3), MotionBlur(length=14, tremor=1, noise=None))
    np.testing.assert_allclose(blurred[16:-16, 16:-16], ramp[16:-16, 16:-16], atol=1e-12)


def test_a_point_draws_the_path_and_keeps_its_light() -> None:
    image = np.zeros((61, 61, 3))
    image[30, 30] = [1, 2, 3]
    settings = MotionBlur(length=20, tremor=0.8, noise=None)
    blurred = motion_blur(image, RNG(4), settings)
    np.testing.assert_allclose(blurred.sum(axis=(0, 1)), [1, 2, 3], rtol=1e-12)
    assert (blurred >= 0).all()
    path = camera_path(RNG(4), settings)
    columns = np.round(path[:, 0]).astype(int) + 30
    rows = np.round(path[:, 1]).astype(int) + 30
    assert (blurred[rows, columns, 0] > 0).all()
    far: Any = ndimage.distance_transform_cdt(~np.isin(np.arange(61 * 61).reshape(61, 61), rows * 61 + columns))
    np.testing.assert_allclose(blurred[far > 2, 0], 0, atol=1e-15)


@pytest.mark.parametrize("tremor", [0, 0.5, 2])
def test_the_path_has_the_wanted_length_and_no_mean(tremor: float) -> None:
    path = camera_path(RNG(1), MotionBlur(length=17, tremor=tremor))
    np.testing.assert_allclose(path.mean(axis=0), 0, atol=1e-12)
    assert np.hypot(*np.diff(path, axis=0).T).sum() == pytest.approx(17, rel=2e-3)


def trembling(seed: int) -> np.ndarray:
    """The displacement w alone, from the paths with tremor 1 and 2, whose scales are not known."""
    single, double = (camera_path(RNG(seed), MotionBlur(tremor=tremor, angle=0)) for tremor in (1, 2))
    time = (np.arange(len(single)) + 0.5) / len(single) - 0.5
    ratio = np.dot(double[:, 1], single[:, 1]) / (2 * np.dot(single[:, 1], single[:, 1]))
    steady = 2 * single[:, 0] - double[:, 0] / ratio
    scale = np.dot(steady, time) / np.dot(time, time)
    np.testing.assert_allclose(steady, scale * time, atol=1e-9)
    return single / scale - np.column_stack([time, np.zeros_like(time)])


def test_the_trembling_is_as_fast_as_the_steady_motion_at_1() -> None:
    """Root mean square over time and seeds; the steady motion is 1 in the same unit."""
    velocities = [np.diff(trembling(seed), axis=0) * 1024 for seed in range(300)]
    assert np.sqrt(np.mean([np.sum(velocity**2, axis=1) for velocity in velocities])) == pytest.approx(1, rel=0.05)


def test_blur_is_computed_in_linear_light() -> None:
    """Half black, half white, fully mixed: half the light, 188 in sRGB; a mean of sRGB values would give 128."""
    stripes = np.zeros((32, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    blurred = motion_blur(stripes, RNG(0), MotionBlur(length=16, tremor=0, angle=0, noise=None))
    assert blurred.dtype == np.uint8
    assert set(np.unique(blurred[:, 20:-20])) == {188}


def test_noise_has_the_stated_mean_and_variance() -> None:
    noise = SensorNoise(full_well=1000, read=10)
    for level in (0.0, 0.1, 0.8):
        values = noise.add(np.full((300, 300, 3), level), RNG(2))
        expected = level / 1000 + (10 / 1000) ** 2
        assert values.mean() == pytest.approx(level, abs=4 * np.sqrt(expected / values.size))
        assert values.var() == pytest.approx(expected, rel=0.02)
        correlation = np.corrcoef(values[:, 1:].ravel(), values[:, :-1].ravel())[0, 1]
        assert abs(correlation) < 0.01


def test_motion_blur_adds_the_noise_of_its_sensor() -> None:
    grey = np.full((200, 200, 3), 0.5)
    noisy = motion_blur(grey, RNG(0), MotionBlur(noise=SensorNoise(full_well=2000, read=0)))
    assert noisy.var() == pytest.approx(0.5 / 2000, rel=0.03)


def test_the_seed_decides_everything() -> None:
    image = linear_to_srgb(scene())
    first, again, other = (motion_blur(image, RNG(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_input_is_not_changed() -> None:
    image = scene()
    before = image.copy()
    motion_blur(image, RNG(0))
    np.testing.assert_array_equal(image, before)


def test_srgb_round_trip_and_known_values() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(-1, 1, 1).repeat(3, axis=2)
    np.testing.assert_array_equal(linear_to_srgb(srgb_to_linear(values)), values)
    # IEC 61966-2-1: mid-grey 0.5 decodes to 0.21404 (of 127.5 / 255), and the toe is linear.
    assert srgb_to_linear(values)[10, 0, 0] == pytest.approx(10 / 255 / 12.92)
    assert linear_to_srgb(np.full((1, 1, 3), 0.5))[0, 0, 0] == 188
    assert linear_to_srgb(np.array([[[-1.0, 2.0, 1.0]]])).tolist() == [[[0, 255, 255]]]


def test_splat_shares_a_point_bilinearly_and_loses_what_is_outside() -> None:
    image = splat(np.array([1.25, -5.0]), np.array([2.5, 0.0]), np.array([8.0, 1.0]), (4, 3))
    assert image.tolist() == [[0, 0, 0], [0, 0, 0], [0, 3, 1], [0, 3, 1]]
