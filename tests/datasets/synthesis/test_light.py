from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.datasets.synthesis.light import (
    FloatImage,
    SensorNoise,
    in_linear_light,
    linear_to_srgb,
    splat,
    srgb_to_linear,
)

GREYS = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)


def test_every_8_bit_value_survives_the_way_there_and_back():
    assert np.array_equal(linear_to_srgb(srgb_to_linear(GREYS)), GREYS)


def test_the_curve_is_that_of_the_standard():
    light = srgb_to_linear(GREYS)[..., 0].ravel()
    assert light[[0, 10, 11, 188, 255]] == pytest.approx([0, 0.003035, 0.003347, 0.502886, 1], abs=5e-7)
    assert (np.diff(light) > 0).all()


def test_light_beyond_white_and_below_black_is_clipped():
    assert linear_to_srgb(np.array([[[-1.0, 0.5, 7.0]]])).tolist() == [[[0, 188, 255]]]


def test_a_change_is_of_light_and_keeps_the_kind_of_image():
    def halve(light: FloatImage) -> FloatImage:
        return light / 2

    white = np.full((1, 1, 3), 255, np.uint8)
    assert in_linear_light(white, halve).tolist() == [[[188] * 3]]
    assert in_linear_light(np.ones((1, 1, 3)), halve).tolist() == [[[0.5] * 3]]


POINTS = st.lists(st.tuples(st.floats(0, 8), st.floats(0, 5), st.floats(0.1, 4)), min_size=1, max_size=20)


@given(POINTS)
def test_points_inside_keep_their_weight_and_their_centre(points: list[tuple[float, float, float]]):
    x, y, weight = np.array(points).T
    image = splat(x, y, weight, (7, 10))
    rows, columns = np.mgrid[:7, :10]
    assert image.sum() == pytest.approx(weight.sum())
    assert (image * columns).sum() == pytest.approx((x * weight).sum(), abs=1e-9)
    assert (image * rows).sum() == pytest.approx((y * weight).sum(), abs=1e-9)


def test_points_outside_are_lost():
    assert splat(np.array([-2.0, 3.0, 99.0]), np.array([1.0, -1.0, 1.0]), np.ones(3), (4, 4)).sum() == 0


def test_the_noise_has_the_variance_of_photons_and_of_the_amplifier():
    noise = SensorNoise(full_well=1000, read=20)
    for level in (0.0, 0.25, 1.0):
        exposed = noise.add(np.full((200, 200, 3), level), np.random.default_rng(0))
        assert exposed.mean() == pytest.approx(level, abs=0.001)
        assert exposed.var() == pytest.approx(level / 1000 + (20 / 1000) ** 2, rel=0.03)
