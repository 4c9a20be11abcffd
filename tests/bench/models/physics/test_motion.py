"""Velocities against known motion, with fields whose axis is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from restorebench.bench.models.physics.layers import PhysicalFields
from restorebench.bench.models.physics.motion import ImageMotion, field_motion


def fields(u: np.ndarray, v: np.ndarray, scale: np.ndarray, time: float = 1.0) -> PhysicalFields:
    return PhysicalFields(u, v, u * 0, u * 0, u * 0, 1, time, scale)


def motion(measured: tuple[float, float, float], direction: float) -> ImageMotion:
    distance, along, across = measured
    return ImageMotion("", "", 20.0, direction, distance, along, across)


def ways(angle: float, *, speed: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Four channels of 4x6 cells that go there and back along one axis: their mean is zero."""
    signs = np.array([1, -1, 1, -1], np.float64)[:, None, None] * np.ones((4, 4, 6)) * speed
    return signs * np.cos(np.deg2rad(angle)), signs * np.sin(np.deg2rad(angle))


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 135.0])
def test_ways_there_and_back_along_the_motion_agree_with_it(angle: float) -> None:
    found = field_motion(fields(*ways(angle), np.ones(4)), (32, 48))
    assert found[0] == pytest.approx(8.0)  # one cell is eight pixels
    assert motion(found, angle % 180).agreement == pytest.approx(1)
    assert motion(found, (angle + 90) % 180).agreement == pytest.approx(-1)
    assert motion(found, (angle + 45) % 180).agreement == pytest.approx(0, abs=1e-12)


def test_pixels_of_the_image_count_where_the_map_is_stretched() -> None:
    """A cell of 8 x 16 pixels: a step of one cell each way is steeper than 45 degrees."""
    found = field_motion(fields(*ways(45.0, speed=2**0.5), np.ones(4)), (64, 48))
    assert found[0] == pytest.approx(np.hypot(8, 16))
    assert motion(found, np.rad2deg(np.arctan2(16, 8))).agreement == pytest.approx(1)


def test_channels_count_by_what_reaches_the_output_and_time_is_in_the_distance() -> None:
    level, steep = ways(0.0), ways(90.0)
    u, v = (np.concatenate([one[:2], two[:2]]) for one, two in zip(level, steep, strict=True))
    along, across, neither = (
        motion(field_motion(fields(u, v, np.array(scale), time=2.0), (32, 48)), 0.0)
        for scale in ([1, -1, 0, 0], [0, 0, -1, 1], [1, 1, 1, 1])
    )
    assert (along.agreement, across.agreement, neither.agreement) == pytest.approx((1, -1, 0))
    assert along.distance == pytest.approx(16.0)


def test_still_fields_have_no_axis() -> None:
    still = np.zeros((2, 3, 3))
    assert motion(field_motion(fields(still, still, np.zeros(2)), (24, 24)), 10.0).agreement == 0
