from __future__ import annotations

import numpy as np
import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.metrics.gain import scale_to_mean
from restorebench.bench.protocols.protocol import Protocol, Source


def test_a_darker_image_gets_the_brightness_of_its_target():
    target = np.random.default_rng(0).uniform(0.1, 0.9, (20, 30, 3)).astype(np.float32)
    assert np.allclose(scale_to_mean(target / 4, target), target, rtol=0, atol=1e-6)


def test_the_grey_is_opencvs_on_swapped_channels():
    cv2 = pytest.importorskip("cv2", reason="compares with OpenCV's grey")
    restored, target = np.random.default_rng(1).uniform(0, 0.5, (2, 24, 16, 3)).astype(np.float32)
    greys = [float(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).mean(dtype=np.float64)) for image in (target, restored)]
    expected = np.clip(restored * (greys[0] / greys[1]), 0, 1)
    assert np.allclose(scale_to_mean(restored, target), expected, rtol=0, atol=1e-6)


def test_what_becomes_too_bright_is_clipped_and_black_stays_black():
    target = np.full((4, 4, 3), 0.9, np.float32)
    restored = np.full((4, 4, 3), 0.1, np.float32)
    restored[0] = 0.9
    assert scale_to_mean(restored, target).max() == 1
    assert np.array_equal(scale_to_mean(np.zeros_like(target), target), np.zeros_like(target))
    assert np.allclose(scale_to_mean(restored[..., 0], target[..., 0]), scale_to_mean(restored, target)[..., 0])


def test_a_rounded_output_is_not_scaled():
    with pytest.raises(UsageError, match="give it quantiser='none'"):
        Protocol("mine", 1, "Mine", Source("me/mine", "score.py"), gain="target-mean")
