"""Building blocks shared by several architectures."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import PaddingMode

__all__ = [
    "BiasFreeLayerNorm2d",
    "GainLayerNorm2d",
    "LayerNorm2d",
    "SimpleGate",
    "SupervisedAttention",
    "TimeEmbedding",
    "gelu_gate",
    "join_halves",
    "pad_to_multiple",
    "shuffle_up",
    "simple_gate",
    "split_halves",
    "times",
    "under",
    "unshuffle_down",
]


def times(x: Tensor, factor: Tensor) -> Tensor:
    """Multiply x by factor, in place if no gradient is needed.

    `x` must not be used elsewhere, and its shape and dtype must fit the product. For large feature maps,
    allocating memory costs more than the multiplication.
    """
    return x * factor if torch.is_grad_enabled() else x.mul_(factor)


def _whiten(x: Tensor, eps: float) -> Tensor:
    """Normalise (N, C, H, W) to zero mean and unit variance over the channels of each pixel.

    `Tensor.var` over a strided dimension is several times slower than the two means below. Half
    precision and channels-last use `layer_norm`, which accumulates in float32 and reads channels-last
    without a copy.
    """
    if x.dtype in {torch.float16, torch.bfloat16} or not x.is_contiguous():
        channels_last = x.permute(0, 2, 3, 1)
        return functional.layer_norm(channels_last, channels_last.shape[-1:], eps=eps).permute(0, 3, 1, 2)
    centred = x - x.mean(1, keepdim=True)
    variance = (centred * centred).mean(1, keepdim=True)
    return times(centred, torch.rsqrt(variance + eps))


class LayerNorm2d(nn.Module):
    """Layer normalisation over channels: (x - mean) / sqrt(variance + eps) * weight + bias, biased variance."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        normal, weight, bias = _whiten(x, self.eps), self.weight.view(-1, 1, 1), self.bias.view(-1, 1, 1)
        return torch.addcmul(bias, normal, weight) if torch.is_grad_enabled() else normal.mul_(weight).add_(bias)


class BiasFreeLayerNorm2d(nn.Module):
    """Layer normalisation x / sqrt(variance + eps) * weight, without subtracting the mean (Restormer, denoising)."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        centred = x - x.mean(1, keepdim=True)
        variance = (centred * centred).mean(1, keepdim=True)
        return x * torch.rsqrt(variance + self.eps) * self.weight.view(-1, 1, 1)


class GainLayerNorm2d(nn.Module):
    """Layer normalisation over channels with a gain but no bias, as in IR-SDE and Refusion.

    As in the official code, epsilon depends on the precision: 1e-5 in float32, otherwise 1e-3. In half precision the
    layer is therefore a slightly different function.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        return times(_whiten(x, 1e-5 if x.dtype == torch.float32 else 1e-3), self.g)


def simple_gate(x: Tensor) -> Tensor:
    """Multiply the two halves of the channels (NAFNet, section 3.2): (N, 2C, H, W) to (N, C, H, W)."""
    first, second = x.chunk(2, dim=1)
    return first * second


class SimpleGate(nn.Module):
    """`simple_gate` as a module, for `nn.Sequential`."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 2C, H, W) to (N, C, H, W)."""
        return simple_gate(x)


class TimeEmbedding(nn.Module):
    """Sinusoidal time embedding: sines, then cosines, at frequencies from 1 to 1/10000 in geometric steps."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.frequencies = channels // 2

    def forward(self, t: Tensor) -> Tensor:
        """Map times (N,) to (N, channels) float32."""
        exponents = torch.arange(self.frequencies, device=t.device) * (-math.log(10000) / (self.frequencies - 1))
        angles = t[:, None] * exponents.exp()
        return torch.cat((angles.sin(), angles.cos()), -1)


def gelu_gate(x: Tensor) -> Tensor:
    """Multiply the exact GELU of the first half of the channels by the second: (N, 2C, H, W) to (N, C, H, W)."""
    gate, value = x.chunk(2, dim=1)
    return times(functional.gelu(gate), value)


class SupervisedAttention(nn.Module):
    """Supervised attention between two stages (MPRNet, section 3.3): an image, and features that it gates.

    Args:
        channels: channels of the features.
        kernel_size: of the three convolutions; 1 in MPRNet, 3 in HINet.
        bias: whether they have biases.
    """

    def __init__(self, channels: int, *, kernel_size: int, bias: bool) -> None:
        super().__init__()
        padding = kernel_size // 2
        self.conv1 = nn.Conv2d(channels, channels, kernel_size, padding=padding, bias=bias)
        self.conv2 = nn.Conv2d(channels, 3, kernel_size, padding=padding, bias=bias)
        self.conv3 = nn.Conv2d(3, channels, kernel_size, padding=padding, bias=bias)

    def forward(self, features: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
        """Map features (N, C, H, W) and the degraded image (N, 3, H, W) to gated features and the stage's image."""
        restored = self.conv2(features) + image
        return features + self.conv1(features) * self.conv3(restored).sigmoid(), restored


def under(key: str, module: nn.Module) -> nn.Sequential:
    """Nest `module` one level deeper under `key`, to match official checkpoints."""
    return nn.Sequential(OrderedDict([(key, module)]))


def shuffle_up(channels: int, kernel_size: int) -> nn.Sequential:
    """Upsample (N, C, H, W) to (N, C/2, 2H, 2W): a convolution to 2C channels without bias, then a pixel shuffle."""
    return nn.Sequential(
        nn.Conv2d(channels, 2 * channels, kernel_size, padding=kernel_size // 2, bias=False), nn.PixelShuffle(2)
    )


def unshuffle_down(channels: int, kernel_size: int) -> nn.Sequential:
    """Downsample (N, C, H, W) to (N, 2C, H/2, W/2): a bias-free convolution to C/2 channels, then a pixel unshuffle."""
    return nn.Sequential(
        nn.Conv2d(channels, channels // 2, kernel_size, padding=kernel_size // 2, bias=False), nn.PixelUnshuffle(2)
    )


def pad_to_multiple(x: Tensor, multiple: int, mode: PaddingMode) -> Tensor:
    """Pad (N, C, H, W) at the right and bottom to a multiple of `multiple`; return `x` itself if it already is one.

    With `reflect` the padding must be smaller than the image.
    """
    height, width = x.shape[-2:]
    extra = (0, -width % multiple, 0, -height % multiple)
    if not any(extra):
        return x
    return functional.pad(x, extra, mode="constant" if mode == "zeros" else mode)


def split_halves(images: Tensor, dimension: int) -> Tensor:
    """Stack the two halves of (N, C, H, W) along dimension 2 or 3 in the batch: all first halves, then all second."""
    return torch.cat(images.chunk(2, dimension))


def join_halves(halves: Tensor, dimension: int) -> Tensor:
    """Inverse of `split_halves`."""
    return torch.cat(halves.chunk(2), dimension)
