from __future__ import annotations

import numpy as np
import pytest
import torch
from restorebench.baselines.classical import blur_kernel
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import MODELS
from scipy import ndimage
from skimage import data
from torch import Tensor

NAMES = ("unsharp", "wiener", "richardson-lucy", "tv", "median")


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    """(128, 120, 3), 0 to 1."""
    return (data.astronaut()[:128, 150:270] / 255).astype(np.float32)


def tensor(*images: np.ndarray) -> Tensor:
    return torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2)).float()


def restore(name: str, image: np.ndarray, **options: object) -> np.ndarray:
    return MODELS.get(name).build(**options)(tensor(image))[0].permute(1, 2, 0).numpy()


def psnr(image: np.ndarray, target: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean((image.clip(0, 1) - target) ** 2)))


@pytest.mark.parametrize("name", ["identity", *NAMES])
def test_a_batch_is_its_images_in_the_precision_of_the_input(name: str, photograph: np.ndarray) -> None:
    first, second = photograph[:40, :32], photograph[60:100, 50:82]
    entry = MODELS.get(name)
    network = entry.build()
    assert not entry.card.needs_weights
    assert not list(network.parameters())
    images = tensor(first, second)
    restored = network(images)
    assert restored.shape == images.shape
    assert restored.dtype == torch.float32
    assert torch.isfinite(restored).all()
    torch.testing.assert_close(restored[1:], network(images[1:]), rtol=0, atol=0)
    assert network(images.bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("name", NAMES)
def test_channels_are_not_mixed_up(name: str, photograph: np.ndarray) -> None:
    options = {"weight": 1e-9} if name == "tv" else {}  # coupled channels on purpose, so hardly any smoothing
    small = photograph[:40, :32]
    swapped = restore(name, small[..., ::-1].copy(), **options)[..., ::-1]
    np.testing.assert_allclose(restore(name, small, **options), swapped, atol=1e-6)


def test_unsharp_masking_is_its_formula(photograph: np.ndarray) -> None:
    blurred = ndimage.gaussian_filter(photograph.astype(float), (2, 2, 0), mode="reflect")
    expected = photograph + 0.5 * (photograph - blurred)
    np.testing.assert_allclose(restore("unsharp", photograph, radius=2.0, amount=0.5), expected, atol=1e-6)


def test_the_median_is_that_of_the_window(photograph: np.ndarray) -> None:
    restored = restore("median", photograph, height=3, width=5)
    np.testing.assert_allclose(restored[10, 20], np.median(photograph[9:12, 18:23], axis=(0, 1)))
    with pytest.raises(UsageError, match="window of 0x5"):
        MODELS.get("median").build(height=0, width=5)


@pytest.mark.parametrize("name", ["wiener", "richardson-lucy"])
@pytest.mark.parametrize(("kernel", "size", "angle"), [("gaussian", 1.5, 0.0), ("motion", 7.0, 30.0)])
def test_deconvolution_with_the_right_kernel_sharpens(
    name: str, kernel: str, size: float, angle: float, photograph: np.ndarray
) -> None:
    psf = blur_kernel(kernel, size, angle)  # pyright: ignore[reportArgumentType] -- parametrised
    blurred = ndimage.convolve(photograph, psf[..., None], mode="reflect")
    restored = restore(name, blurred, kernel=kernel, size=size, angle=angle)
    assert psnr(restored, photograph) > psnr(blurred, photograph) + 1
    wrong = restore(name, blurred, kernel="motion", size=7.0, angle=angle + 90)
    assert psnr(restored, photograph) > psnr(wrong, photograph) + 1


@pytest.mark.parametrize("name", ["tv", "median"])
def test_denoisers_remove_impulses(name: str, photograph: np.ndarray) -> None:
    generator = np.random.default_rng(0)
    noisy = np.where(generator.random(photograph.shape[:2])[..., None] < 0.05, np.float32(1), photograph)
    assert psnr(restore(name, noisy), photograph) > psnr(noisy, photograph) + 2


def test_the_sampler_of_wiener_repeats(photograph: np.ndarray) -> None:
    small = photograph[:48, :48]
    assert (restore("wiener", small) == restore("wiener", small)).all()
    assert (restore("wiener", small) != restore("wiener", small, seed=1)).any()


def test_kernels() -> None:
    gaussian = blur_kernel("gaussian", 1.0)
    assert gaussian.shape == (7, 7)
    assert gaussian[3, 4] / gaussian[3, 3] == pytest.approx(np.exp(-0.5))
    line = blur_kernel("motion", 9.0, 90)
    assert line.shape == (9, 9)
    np.testing.assert_allclose(line[:, 4], 1 / 9, atol=1e-3)
    diagonal = blur_kernel("motion", 9.0, 45)
    assert diagonal[0:4, 5:].sum() > 0.4  # counter-clockwise: up and to the right
    np.testing.assert_allclose(diagonal, diagonal[::-1, ::-1], atol=1e-3)
    for kernel in (gaussian, line, diagonal):
        assert kernel.sum() == pytest.approx(1)
    with pytest.raises(UsageError, match="cannot have size 0"):
        blur_kernel("motion", 0)


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_the_defaults(name: str) -> None:
    import inspect

    entry = MODELS.get(name)
    defaults = {key: parameter.default for key, parameter in inspect.signature(entry.build).parameters.items()}
    assert dict(entry.card.settings) == defaults
