from __future__ import annotations

import numpy as np
import pytest
from restorebench.datasets.synthesis import gaussian_noise


@pytest.mark.parametrize("sigma", [5.0, 25.0])
def test_noise_is_white_and_has_its_deviation(sigma: float) -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = gaussian_noise(grey, np.random.default_rng(3), sigma).astype(float) - 128
    assert noise.std() == pytest.approx(np.hypot(sigma, 12**-0.5), rel=0.01)  # rounding adds a uniform error
    assert abs(noise.mean()) < 5 * sigma / np.sqrt(noise.size)
    neighbours = np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]
    channels = np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]
    assert max(abs(neighbours), abs(channels)) < 0.02


def test_values_stay_in_the_range() -> None:
    extremes = np.array([0, 255], np.uint8).repeat(300).reshape(2, 100, 3)
    noisy = gaussian_noise(extremes, np.random.default_rng(0), 50)
    assert noisy[0].min() == 0
    assert noisy[1].max() == 255
    assert 30 < (noisy[0] == 0).mean() * 100 < 70  # clipped, not wrapped
