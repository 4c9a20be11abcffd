from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from restorebench.bench.errors import MetricUnavailableError, UsageError
from restorebench.bench.metrics import ssim as module
from restorebench.bench.metrics.ssim import compiled_row_sums, ssim, ssim_map
from restorebench.bench.metrics.ssim_spec import SsimSpec
from restorebench.bench.metrics.windows import TileFilter, fold_onto_channels, gaussian_taps
from scipy import ndimage
from skimage.metrics import structural_similarity

MATLAB_3D = SsimSpec(border="replicate", over_channels=True)
GAUSSIAN = SsimSpec()
UNIFORM = SsimSpec(window="uniform", size=7, sample_covariance=True)


@pytest.fixture(autouse=True, scope="module", params=["numpy", "compiled"])
def implementation(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every test of this file holds for both."""
    if request.param == "compiled":
        pytest.importorskip("numba", reason="the compiled SSIM needs Numba")
        yield request.param
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "compiled_row_sums", lambda: None)
        yield request.param


def images(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    target = ndimage.gaussian_filter(random.random((height, width, 3)), (2, 2, 0))
    target = (255 * (target - target.min()) / np.ptp(target)).astype(np.uint8)
    restored = np.clip(target + random.normal(0, 8, target.shape), 0, 255).astype(np.uint8)
    return restored, target


def direct(
    x: np.ndarray, y: np.ndarray, mean: Callable[[np.ndarray], np.ndarray], length: float = 255.0, unbias: float = 1.0
) -> np.ndarray:
    """Equation 13 as it is written, with five filtered images."""
    x, y = x.astype(float), y.astype(float)
    mx, my = mean(x), mean(y)
    vx, vy, cov = (unbias * v for v in (mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my))
    c1, c2 = (0.01 * length) ** 2, (0.03 * length) ** 2
    return (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))


def correlate(image: np.ndarray, axes: tuple[int, ...], mode: str, taps: np.ndarray) -> np.ndarray:
    for axis in axes:
        image = ndimage.correlate1d(image, taps, axis=axis, mode=mode)
    return image


# Sizes on both sides of a tile, of a block of rows and columns, and of the window.
SIZES = [(11, 11), (12, 300), (48, 256), (49, 257), (58, 266), (59, 267), (97, 130), (131, 523)]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_gaussian_is_scikit_images(height: int, width: int) -> None:
    x, y = images(height, width)
    expected = structural_similarity(x, y, gaussian_weights=True, use_sample_covariance=False, channel_axis=-1)
    assert ssim(x, y, GAUSSIAN) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_uniform_is_scikit_images(height: int, width: int) -> None:
    x, y = images(height, width)
    assert ssim(x, y, UNIFORM) == pytest.approx(structural_similarity(x, y, channel_axis=-1), abs=1e-12)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_3d_is_a_three_dimensional_convolution(height: int, width: int) -> None:
    x, y = images(height, width)
    taps = gaussian_taps(11, 1.5)
    expected = direct(x, y, lambda image: correlate(image, (0, 1, 2), "nearest", taps))
    assert ssim(x, y, MATLAB_3D) == pytest.approx(expected.mean(), abs=1e-12)
    assert np.allclose(ssim_map(x, y, MATLAB_3D), np.moveaxis(expected, -1, 0), rtol=0, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(11, 70), st.integers(11, 300), st.integers(0, 2**31), st.sampled_from([MATLAB_3D, GAUSSIAN, UNIFORM])
)
def test_any_size_agrees_with_the_written_equation(height: int, width: int, seed: int, spec: SsimSpec) -> None:
    x, y = np.random.default_rng(seed).integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    axes = (0, 1, 2) if spec.over_channels else (0, 1)
    unbias = 49 / 48 if spec.sample_covariance else 1.0
    expected = direct(x, y, lambda image: correlate(image, axes, "nearest", spec.taps()), unbias=unbias)
    if spec.border == "valid":
        margin = spec.size // 2
        expected = expected[margin : height - margin, margin : width - margin]
    assert ssim(x, y, spec) == pytest.approx(expected.mean(), abs=1e-11)


def test_zero_border() -> None:
    x, y = images(40, 50)
    taps = gaussian_taps(11, 1.5)
    expected = direct(x, y, lambda image: correlate(image, (0, 1), "constant", taps))
    assert ssim(x, y, SsimSpec(border="zeros")) == pytest.approx(expected.mean(), abs=1e-12)


def test_float_images_and_a_wrong_data_range() -> None:
    x, y = (image / np.float32(255) for image in images(64, 80))
    for factor in (1.0, 2.0):
        expected = structural_similarity(x.astype(float), y.astype(float), channel_axis=-1, data_range=factor)
        spec = SsimSpec(window="uniform", size=7, sample_covariance=True, data_range=factor)
        assert ssim(x, y, spec, peak=1.0) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("height", "width", "factor"), [(383, 400, 1), (384, 400, 2), (512, 640, 2), (640, 700, 3), (900, 1000, 4)]
)
def test_downsampling_takes_wang_factor_with_halves_upwards(height: int, width: int, factor: int) -> None:
    x, y = (image[..., 0] for image in images(height, width))

    def reduce(image: np.ndarray) -> np.ndarray:
        """Filter the whole image, then sample: MATLAB's imfilter, centred before the middle of an even window."""
        origin = -((factor + 1) % 2) if factor > 1 else 0
        filtered = ndimage.uniform_filter(image.astype(float), factor, mode="reflect", origin=origin)
        return filtered[::factor, ::factor]

    expected = ssim(reduce(x), reduce(y), GAUSSIAN)
    assert ssim(x, y, SsimSpec(downsample=True)) == pytest.approx(expected, abs=1e-12)
    assert (factor > 1) == (abs(ssim(x, y, GAUSSIAN) - expected) > 1e-6)


def test_identical_and_inverted() -> None:
    x, _ = images(60, 60)
    for spec in (MATLAB_3D, GAUSSIAN, UNIFORM):
        assert ssim(x, x, spec) == pytest.approx(1.0, abs=1e-15)
    checker = (np.indices((40, 40)).sum(0) % 2 * 255).astype(np.uint8)
    assert ssim(checker, 255 - checker, GAUSSIAN) < -0.99


def test_constant_images_have_a_closed_form() -> None:
    x, y = np.full((30, 30, 3), 103, np.uint8), np.full((30, 30, 3), 100, np.uint8)
    c1 = 2.55**2
    expected = (2 * 103 * 100 + c1) / (103**2 + 100**2 + c1)
    for spec in (MATLAB_3D, GAUSSIAN, UNIFORM):
        assert ssim(x, y, spec) == pytest.approx(expected, abs=1e-11)


def test_threads_do_not_change_the_value() -> None:
    x, y = images(200, 600)
    assert ssim(x, y, MATLAB_3D, threads=3) == ssim(x, y, MATLAB_3D)


def test_a_grey_image_as_rgb_is_itself() -> None:
    x, y = (image[..., 0] for image in images(50, 60))
    rgb = (np.repeat(x[..., None], 3, -1), np.repeat(y[..., None], 3, -1))
    assert ssim(*rgb, MATLAB_3D) == pytest.approx(ssim(x, y, SsimSpec(border="replicate")), abs=1e-12)


@pytest.mark.parametrize("spec", [MATLAB_3D, GAUSSIAN, UNIFORM, SsimSpec(border="zeros")])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(61, 75, 3), (61, 75)])
def test_layout_in_memory_and_type_do_not_matter(spec: SsimSpec, dtype: Any, shape: tuple[int, ...]) -> None:
    pair = [(image if len(shape) == 3 else image[..., 1]).astype(dtype) for image in images(61, 75)]
    plain = [np.ascontiguousarray(image, dtype=np.float64) for image in pair]
    expected = float(ssim_map(plain[0], plain[1], spec).mean())
    scattered = [np.repeat(np.asfortranarray(image), 2, axis=0)[::2] for image in pair]
    flipped = [np.ascontiguousarray(image[::-1, ::-1])[::-1, ::-1] for image in pair]
    for images_ in (pair, scattered, flipped):
        assert ssim(images_[0], images_[1], spec) == pytest.approx(expected, abs=1e-13)


def test_nan_stays_nan() -> None:
    x, y = (image / 255 for image in images(40, 50))
    x[20, 20, 1] = np.nan
    for spec in (MATLAB_3D, GAUSSIAN, UNIFORM):
        assert math.isnan(ssim(x, y, spec, peak=1.0))


def test_identical_images_score_exactly_one() -> None:
    x, _ = images(70, 300)
    for spec in (MATLAB_3D, GAUSSIAN, UNIFORM, SsimSpec(border="zeros")):
        assert ssim(x, x.copy(), spec) == 1
        assert ssim(x / 255, x / 255, spec, peak=1.0) == 1


def test_the_two_implementations_agree_on_a_large_image(implementation: str) -> None:
    if implementation != "compiled":
        pytest.skip("compared once")
    x, y = images(360, 700)
    for spec in (MATLAB_3D, GAUSSIAN, UNIFORM, SsimSpec(downsample=True), SsimSpec(pooled=True)):
        for dtype in (np.uint8, np.float32):
            pair = x.astype(dtype), y.astype(dtype)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(module, "compiled_row_sums", lambda: None)
                expected = ssim(*pair, spec)
            assert ssim(*pair, spec) == pytest.approx(expected, abs=1e-13)


def test_without_numba_numpy_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "restorebench.bench.metrics.ssim_compiled", raising=False)
    assert compiled_row_sums.__wrapped__() is None


def test_float32_is_a_rounding_of_float64() -> None:
    x, y = images(40, 50)
    for spec in (MATLAB_3D, SsimSpec(border="zeros")):
        exact = ssim(x, y, spec)
        single = ssim(x, y, SsimSpec(border=spec.border, over_channels=spec.over_channels, arithmetic="float32"))
        assert 0 < abs(single - exact) < 2e-4


@pytest.mark.parametrize("form", [{"border": "valid"}, {"border": "zeros", "downsample": True}, {"window": "uniform"}])
def test_float32_is_refused_where_no_source_has_it(form: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="float32"):
        SsimSpec(arithmetic="float32", **form)


def test_an_image_below_the_window_is_refused() -> None:
    x, y = images(10, 40)
    with pytest.raises(MetricUnavailableError, match=r"at least 11x11.*has 10x40"):
        ssim(x, y, GAUSSIAN)
    assert ssim(x, y, MATLAB_3D) < 1


def test_the_channel_matrix_is_the_published_one() -> None:
    # protocols.md, from MATLAB's window folded onto three channels
    expected = [
        [0.6330058624, 0.2130055377, 0.1539885999],
        [0.3669941376, 0.2660117249, 0.3669941376],
        [0.1539885999, 0.2130055377, 0.6330058624],
    ]
    assert np.allclose(fold_onto_channels(gaussian_taps(11, 1.5), 3), expected, rtol=0, atol=5e-11)


def test_a_tile_filter_is_a_convolution() -> None:
    taps = gaussian_taps(5, 1.0)
    tile = TileFilter(taps, planes=2, rows=10, columns=20)
    source = np.random.default_rng(0).random((2, 14, 24))
    tile.inputs[:, :14, :24] = source
    expected = correlate(source, (1, 2), "constant", taps)[:, 2:-2, 2:-2]
    assert np.allclose(tile.apply()[:, :10, :20], expected, rtol=0, atol=1e-14)


def test_the_formula_in_words() -> None:
    assert MATLAB_3D.describe("255") == (
        "11x11x11 Gaussian sigma=1.5 over rows, columns and channels; replicate border, full map;"
        " C1=(0.01·255)², C2=(0.03·255)²; mean of the map"
    )
    assert "2·1" in SsimSpec(data_range=2.0).describe("1")
    assert "sample covariance" in UNIFORM.describe("255")


@pytest.mark.parametrize("size", [(640, 480), (399, 481), (620, 460), (255, 300), (1100, 641)])
def test_pooling_is_torchs_adaptive_average(size: tuple[int, int]) -> None:
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    x, y = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    factor = max(1, round(min(size) / 256))
    pooled = [
        adaptive_avg_pool2d(torch.from_numpy(image).permute(2, 0, 1).double(), (size[0] // factor, size[1] // factor))
        for image in (x, y)
    ]
    plain_x, plain_y = (image.permute(1, 2, 0).numpy() for image in pooled)
    assert ssim(x, y, SsimSpec(pooled=True)) == pytest.approx(ssim(plain_x, plain_y, SsimSpec()), abs=1e-12)
