from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from restorebench.bench.metrics.psnr import PsnrSpec, mean_squared_error, psnr
from skimage.metrics import peak_signal_noise_ratio

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))


@given(st.data())
def test_8_bit_psnr_is_scikit_images(data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    x, y = (data.draw(hnp.arrays(np.uint8, shape)) for _ in range(2))
    mse = mean_squared_error(x, y)
    assert mse == pytest.approx(((x.astype(float) - y) ** 2).mean(), rel=1e-15)
    if mse:
        assert psnr(mse, 255) == pytest.approx(peak_signal_noise_ratio(x, y, data_range=255), abs=1e-12)


def test_the_largest_error_of_a_large_image_does_not_overflow() -> None:
    black = np.zeros((401, 500, 3), np.uint8)
    assert mean_squared_error(black, np.full_like(black, 255)) == 255**2


def test_an_error_in_the_last_pixel_counts() -> None:
    x = np.zeros((300, 300, 3), np.uint8)
    y = x.copy()
    y[-1, -1, -1] = 9
    assert mean_squared_error(x, y) == 81 / x.size


def test_float32_is_differenced_in_float32_and_averaged_in_float64() -> None:
    random = np.random.default_rng(0)
    x, y = random.random((2, 300, 300, 3), np.float32)
    assert mean_squared_error(x, y) == np.mean((x - y) ** 2, dtype=np.float64)


def test_views_are_measured_like_copies() -> None:
    random = np.random.default_rng(1)
    x, y = random.integers(0, 256, (2, 3, 50, 60), dtype=np.uint8)
    planar = mean_squared_error(np.moveaxis(x, 0, -1)[4:-4, 4:-4], np.moveaxis(y, 0, -1)[4:-4, 4:-4])
    assert planar == mean_squared_error(x[:, 4:-4, 4:-4].copy(), y[:, 4:-4, 4:-4].copy())


def test_identical_images() -> None:
    assert psnr(0.0, 255) == math.inf
    assert psnr(0.0, 255, identical=100.0) == 100.0


def test_the_formula_in_words_says_what_is_special() -> None:
    assert PsnrSpec().describe("255") == "10 log10(255² / (mean (x - y)²)), mean over all pixels and channels"
    assert "1e-08" in PsnrSpec(mse_offset=1e-8).describe("255")
    assert "100 for identical images" in PsnrSpec(identical=100.0).describe("255")
