from __future__ import annotations

import numpy as np
import pytest
import torch
from restorebench.bench.training.losses import LOSSES, charbonnier, edge, fft_l1, negative_psnr, total_loss
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio


def images() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(3, 3, 6, 8, generator=generator), torch.rand(3, 3, 6, 8, generator=generator)


def test_charbonnier_is_near_l1_and_smooth_at_zero() -> None:
    one, two = images()
    assert charbonnier(one, two) == pytest.approx(float((one - two).abs().mean()), abs=1e-3)
    assert charbonnier(one, one) == pytest.approx(1e-3)
    assert charbonnier(torch.full((1,), 3e-3), torch.zeros(1)) == pytest.approx(np.hypot(3e-3, 1e-3))


def test_psnr_loss_is_minus_the_psnr() -> None:
    one, two = images()
    pairs = zip(one.numpy(), two.numpy(), strict=True)
    expected = np.mean([peak_signal_noise_ratio(b, a, data_range=1) for a, b in pairs])
    assert float(negative_psnr(one, two)) == pytest.approx(-expected, abs=1e-4)


def test_fft_loss_is_l1_of_numpys_spectra() -> None:
    one, two = images()
    spectrum = np.fft.rfft2(one.numpy().astype(np.float64) - two.numpy())
    expected = np.abs(np.stack([spectrum.real, spectrum.imag])).mean()
    assert float(fft_l1(one, two)) == pytest.approx(expected, rel=1e-5)
    assert fft_l1(one.bfloat16(), two.bfloat16()).dtype == torch.float32


@pytest.mark.parametrize("size", [(6, 8), (7, 5), (1, 2)])
def test_edge_loss_is_of_laplacian_pyramids(size: tuple[int, int]) -> None:
    def smoothed(plane: np.ndarray) -> np.ndarray:
        for axis in (0, 1):
            plane = ndimage.correlate1d(plane, [0.05, 0.25, 0.4, 0.25, 0.05], axis=axis, mode="nearest")
        return plane

    def finest(plane: np.ndarray) -> np.ndarray:
        coarse = np.zeros_like(plane)
        coarse[::2, ::2] = 4 * smoothed(plane)[::2, ::2]
        return plane - smoothed(coarse)

    one, two = torch.rand(2, 2, 3, *size, dtype=torch.float64)
    pairs = zip(one.numpy().reshape(-1, *size), two.numpy().reshape(-1, *size), strict=True)
    expected = np.mean([np.hypot(finest(a) - finest(b), 1e-3) for a, b in pairs])
    assert float(edge(one, two)) == pytest.approx(expected, rel=1e-6)


def test_the_total_is_the_weighted_sum() -> None:
    one, two = images()
    expected = 2 * LOSSES["l1"](one, two) + 0.5 * LOSSES["fft"](one, two)
    torch.testing.assert_close(total_loss(one, two, {"l1": 2, "fft": 0.5}), expected)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_falls_along_its_gradient(name: str) -> None:
    one, two = images()
    one.requires_grad_()
    loss = LOSSES[name](one, two)
    loss.backward()
    assert one.grad is not None
    with torch.no_grad():
        assert LOSSES[name](one - 1e-3 * one.grad / one.grad.norm(), two) < loss
