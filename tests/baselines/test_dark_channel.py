from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from restorebench.baselines.dark_channel import (
    airlight,
    dark_channel,
    dark_channel_prior,
    guided_filter,
    remove_haze,
)
from restorebench.bench.errors import UsageError

LIGHT: NDArray[np.float32] = np.array([0.8, 0.85, 0.9], np.float32)


def clear_scene() -> NDArray[np.float32]:
    """A scene where the prior holds: a channel is black at every pixel, but in the sky, of the airlight's colour."""
    scene = np.random.default_rng(0).random((60, 70, 3)).astype(np.float32) * 0.8
    np.put_along_axis(scene, scene.argmin(-1, keepdims=True), 0, -1)
    scene[:20] = LIGHT
    return scene


def test_haze_is_removed_where_the_prior_holds_and_the_sky_stays() -> None:
    scene, through = clear_scene(), 0.6
    hazy = (scene * through + LIGHT * (1 - through)).astype(np.float32)
    restored = remove_haze(hazy, patch=3, share=1.0, least=0.1)
    assert np.abs(airlight(hazy, dark_channel(hazy, 3)) - LIGHT).max() < 1e-6
    assert np.abs(restored[:20] - LIGHT).max() < 1e-5
    below = slice(55, None)  # farther from the sky, whose dark channel is bright, than most of the filter's reach
    assert np.abs(restored - scene)[below].mean() < 0.25 * np.abs(hazy - scene)[below].mean()


def test_the_whole_scene_without_sky_is_restored_by_a_known_transmission() -> None:
    scene = clear_scene()[20:]
    scene[0, 0] = LIGHT  # one pixel tells the airlight
    hazy = (scene * 0.6 + LIGHT * 0.4).astype(np.float32)
    restored = remove_haze(hazy, patch=1, share=1.0, least=0.1)
    expected = 1 - dark_channel((hazy / LIGHT).astype(np.float32), 1)
    assert expected[1:, 1:] == pytest.approx(0.6, abs=1e-5)
    assert np.abs(restored - scene)[5:, 5:].mean() < 0.02


def test_the_dark_channel_is_the_minimum_over_channels_and_patch() -> None:
    image = np.random.default_rng(1).random((9, 11, 3)).astype(np.float32)
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="edge")
    expected = [[padded[row : row + 5, column : column + 5].min() for column in range(11)] for row in range(9)]
    assert np.array_equal(dark_channel(image, 5), np.array(expected, np.float32))


def test_the_guided_filter_keeps_what_is_linear_in_the_guide_and_smooths_the_rest() -> None:
    guide = np.random.default_rng(2).random((40, 40)).astype(np.float32)
    linear = 0.3 * guide + 0.2
    assert np.abs(guided_filter(guide, linear, 4, 1e-9) - linear).max() < 1e-4
    noise = np.random.default_rng(3).random((40, 40)).astype(np.float32)
    assert guided_filter(guide, noise, 4, 1e3).std() < 0.15 * noise.std()


def test_batches_and_options() -> None:
    images = torch.rand(2, 3, 24, 31)
    assert dark_channel_prior.build()(images).shape == images.shape
    with pytest.raises(UsageError, match="share=0"):
        dark_channel_prior.build(share=0)
