from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.golden import Golden
from PIL import Image
from restorebench.bench.errors import MetricUnavailableError
from restorebench.bench.metrics import alignment, ecc
from restorebench.bench.metrics.alignment import align, aligned_mse, aligned_ssim
from restorebench.bench.metrics.images import to_unit
from restorebench.bench.metrics.psnr import psnr
from restorebench.bench.metrics.ssim_spec import SsimSpec

cv2: Any = pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")

WITHIN_DB = 5e-5
WITHIN_SSIM = 5e-6
"""A tenth of what the official values of RealBlur are held to."""


def official(module: Any, target: np.ndarray, restored: np.ndarray) -> np.ndarray:
    """One call for all 100 iterations, as the official script makes it."""
    criteria = (module.TERM_CRITERIA_EPS | module.TERM_CRITERIA_COUNT, 100, 0)
    start = np.eye(3, dtype=np.float32)
    return module.findTransformECC(target, restored, start, module.MOTION_HOMOGRAPHY, criteria, None, 5)[1]


def measured(restored: np.ndarray, target: np.ndarray) -> tuple[float, float, float]:
    """PSNR, SSIM and the mask; `nan` where the images cannot be aligned."""
    try:
        pair = align(to_unit(restored), to_unit(target))
    except MetricUnavailableError:
        return math.nan, math.nan, math.nan
    return psnr(aligned_mse(pair), 1.0), aligned_ssim(pair, SsimSpec()), pair.mask_fraction


def assert_alike(restored: np.ndarray, target: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured(restored, target)
    with monkeypatch.context() as patch:
        patch.setattr(alignment, "find_homography", official)
        expected = measured(restored, target)
    assert found[0] == pytest.approx(expected[0], abs=WITHIN_DB, nan_ok=True)
    assert found[1] == pytest.approx(expected[1], abs=WITHIN_SSIM, nan_ok=True)
    assert found[2] == pytest.approx(expected[2], abs=1e-6, nan_ok=True)


def colour_pairs(golden: Golden) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for restored, target in golden.pairs.values():
        if restored.ndim == 3 and restored.shape == target.shape:
            yield restored, target


@pytest.mark.slow
def test_every_pair_of_the_official_values_scores_as_after_100_iterations(
    golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = list(colour_pairs(golden))
    assert len(pairs) > 10
    for restored, target in pairs:
        assert_alike(restored, target, monkeypatch)


@pytest.mark.slow
def test_photographs_score_as_after_100_iterations(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fixtures / "images" / "GoPro" / "test" / "GOPR0384_11_00"
    for sharp in sorted((folder / "sharp").iterdir()):
        with Image.open(folder / "blur" / sharp.name) as blurred, Image.open(sharp) as target:
            # A window of RealBlur's size.
            assert_alike(np.asarray(blurred)[:680, :773], np.asarray(target)[:680, :773], monkeypatch)


def grey_pair(shift: float) -> tuple[np.ndarray, np.ndarray]:
    """(target, restored), float32 in [0, 1]; the restored one lies `shift` pixels to the left, blurred and noisy."""
    from scipy import ndimage
    from skimage.data import camera

    target = (camera()[100:260, 120:300] / 255).astype(np.float32)
    moved = ndimage.gaussian_filter(ndimage.shift(target, (0, -shift), order=3, mode="nearest"), 1)
    return target, (moved + np.random.default_rng(0).normal(0, 0.01, target.shape)).astype(np.float32)


class Counted:
    """The cv2 module, which counts iterations."""

    def __init__(self) -> None:
        self.iterations = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(cv2, name)

    def findTransformECC(self, *arguments: Any) -> Any:  # noqa: N802 -- OpenCV's name
        self.iterations += arguments[4][1]
        return cv2.findTransformECC(*arguments)


def test_a_settled_homography_ends_the_iteration() -> None:
    counted, pair = Counted(), grey_pair(0.7)
    found = ecc.find_homography(counted, *pair)
    assert counted.iterations <= 24
    corners = [ecc._corners(homography, pair[0].shape) for homography in (found, official(cv2, *pair))]
    assert np.abs(corners[0] - corners[1]).max() < 2e-3


def test_one_that_does_not_settle_is_the_official_one_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecc, "SETTLED", 0.0)
    counted, pair = Counted(), grey_pair(0.7)
    assert np.array_equal(ecc.find_homography(counted, *pair), official(cv2, *pair))
    assert counted.iterations == ecc.ITERATIONS


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (5, 5), (11, 40)])
def test_tiny_images_end_as_in_the_official_script(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    target = random.random(shape, np.float32)
    restored = (target + random.normal(0, 0.05, shape)).astype(np.float32)
    try:
        expected = official(cv2, target, restored)
    except cv2.error:
        with pytest.raises(cv2.error):
            ecc.find_homography(cv2, target, restored)
    else:
        assert np.allclose(ecc.find_homography(cv2, target, restored), expected, rtol=0, atol=1e-3, equal_nan=True)
