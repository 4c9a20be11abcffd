"""Losses between restored and target batches (N, C, H, W) in [0, 1]; each is a mean, so that sizes do not matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["LOSSES", "charbonnier", "edge", "fft_l1", "negative_psnr", "total_loss"]

PYRAMID = (0.05, 0.25, 0.4, 0.25, 0.05)
"""Generating kernel of the Laplacian pyramid (Burt and Adelson, IEEE Trans. Communications 1983, a = 0.4)."""


def charbonnier(restored: Tensor, target: Tensor, eps: float = 1e-3) -> Tensor:
    """Mean of sqrt(d² + eps²): L1 without its kink (Charbonnier et al., ICIP 1994; MPRNet, CVPR 2021, eq. 2)."""
    return ((restored - target).square() + eps**2).sqrt().mean()


def negative_psnr(restored: Tensor, target: Tensor) -> Tensor:
    """Minus the PSNR in dB, mean over the images: the loss of HINet and NAFNet, with their 1e-8 beside the error."""
    error = (restored - target).square().mean((1, 2, 3))
    return (10 * torch.log10(error + 1e-8)).mean()


def fft_l1(restored: Tensor, target: Tensor) -> Tensor:
    """L1 between the spectra, real and imaginary parts apart (MIMO-UNet, ICCV 2021, eq. 5); in float32 at least."""
    difference = (restored - target).float() if restored.dtype.itemsize < 4 else restored - target  # noqa: PLR2004 -- bytes of float32
    spectrum = cast("Tensor", torch.fft.rfft2(difference))  # pyright: ignore[reportUnknownMemberType] -- torch.fft is not typed
    return torch.view_as_real(spectrum).abs().mean()


def edge(restored: Tensor, target: Tensor) -> Tensor:
    """Charbonnier loss of the finest level of the Laplacian pyramids (MPRNet, CVPR 2021, eq. 3); borders replicated."""
    difference = restored - target  # a pyramid is linear
    coarse = torch.zeros_like(difference)
    coarse[:, :, ::2, ::2] = 4 * _smooth(difference, stride=2)
    return charbonnier(difference, _smooth(coarse))


def _smooth(images: Tensor, stride: int = 1) -> Tensor:
    """Every `stride`-th pixel of the images smoothed by `PYRAMID` along rows and columns."""
    kernel, channels, reach = images.new_tensor(PYRAMID), images.shape[1], len(PYRAMID) // 2
    weight = torch.outer(kernel, kernel).expand(channels, 1, -1, -1)
    padded = functional.pad(images, (reach,) * 4, mode="replicate")
    return functional.conv2d(padded, weight, stride=stride, groups=channels)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "charbonnier": charbonnier,
    "l1": functional.l1_loss,
    "psnr": negative_psnr,
    "fft": fft_l1,
    "edge": edge,
}


def total_loss(restored: Tensor, target: Tensor, weights: Mapping[str, float]) -> Tensor:
    """The weighted sum."""
    return torch.stack([LOSSES[name](restored, target) * weight for name, weight in weights.items()]).sum()
