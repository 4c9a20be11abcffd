from __future__ import annotations

import sys

import numpy as np
import pytest
from restorebench.bench.errors import MetricUnavailableError, MissingDependencyError
from restorebench.bench.metrics.alignment import Alignment, align, aligned_mse, aligned_ssim, require_opencv
from restorebench.bench.metrics.psnr import mean_squared_error
from restorebench.bench.metrics.ssim import ssim, ssim_map
from restorebench.bench.metrics.ssim_spec import SsimSpec
from scipy import ndimage

pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")


@pytest.fixture
def photograph() -> np.ndarray:
    from skimage.data import astronaut

    return (astronaut()[100:260, 120:300] / np.float32(255)).astype(np.float32)


def test_a_shifted_and_dimmed_image_is_moved_back(photograph: np.ndarray) -> None:
    wide: np.ndarray = ndimage.gaussian_filter(photograph, (1, 1, 0))
    target, restored = wide[2:-2, 2:-2], np.float32(0.8) * wide[2:-2, 3:-1]
    pair = align(restored, target)
    assert pair.homography[0, 2] == pytest.approx(-1, abs=0.05)
    assert pair.mask_fraction == pytest.approx(1 - 1 / target.shape[1], abs=1e-3)
    assert aligned_mse(pair) < mean_squared_error(restored, target) / 100


def test_the_mask_decides_what_counts(photograph: np.ndarray) -> None:
    half = np.ones(photograph.shape[:2], np.float32)
    half[:, :90] = 0
    changed = photograph + np.float32(0.1)
    changed[:, :90] = 5
    pair = Alignment(changed * half[..., None], photograph * half[..., None], half, np.eye(3, dtype=np.float32))
    assert aligned_mse(pair) == pytest.approx(0.01, rel=1e-5)
    assert pair.mask_fraction == 0.5


def test_without_a_mask_ssim_is_that_of_valid_windows(photograph: np.ndarray) -> None:
    noisy = photograph + np.random.default_rng(0).normal(0, 0.05, photograph.shape).astype(np.float32)
    everywhere = np.ones(photograph.shape[:2], np.float32)
    pair = Alignment(noisy, photograph, everywhere, np.eye(3, dtype=np.float32))
    assert aligned_ssim(pair, SsimSpec()) == pytest.approx(ssim(noisy, photograph, SsimSpec(), peak=1.0), abs=1e-12)


def test_ssim_is_the_mean_of_the_map_over_the_mask(photograph: np.ndarray) -> None:
    noisy = photograph + np.random.default_rng(0).normal(0, 0.05, photograph.shape).astype(np.float32)
    mask = np.ones(photograph.shape[:2], np.float32)
    mask[:, :70] = 0
    masked = (noisy * mask[..., None], photograph * mask[..., None])
    pair = Alignment(*masked, mask, np.eye(3, dtype=np.float32))
    inside = mask[5:-5, 5:-5] == 1
    expected = np.mean([channel[inside].mean() for channel in ssim_map(*masked, SsimSpec(), peak=1.0)])
    assert aligned_ssim(pair, SsimSpec()) == pytest.approx(expected, abs=1e-12)


def test_identical_images_are_not_moved(photograph: np.ndarray) -> None:
    pair = align(photograph, photograph.copy())
    assert aligned_mse(pair) == 0
    assert pair.mask_fraction == 1
    constant = np.full((40, 40, 3), 0.5, np.float32)
    assert aligned_mse(align(constant, constant)) == 0


def test_a_black_or_unrelated_image_has_no_alignment(photograph: np.ndarray) -> None:
    with pytest.raises(MetricUnavailableError, match="black"):
        align(np.zeros_like(photograph), photograph)
    with pytest.raises(MetricUnavailableError, match="did not converge"):
        align(1 - photograph, photograph)


def test_an_image_moved_out_of_sight_has_no_score(photograph: np.ndarray) -> None:
    nowhere = np.zeros(photograph.shape[:2], np.float32)
    pair = Alignment(photograph * 0, photograph * 0, nowhere, np.eye(3, dtype=np.float32))
    with pytest.raises(MetricUnavailableError):
        aligned_mse(pair)
    with pytest.raises(MetricUnavailableError):
        aligned_ssim(pair, SsimSpec())


def test_without_opencv_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingDependencyError, match=r"restorebench\[realblur\]"):
        require_opencv()
