"""Learnable wavelet nodes: a wavelet transform whose filters are parameters, around convolutions of its bands."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...bench.models.local_windows import Window
from ..blocks import LayerNorm2d, simple_gate
from ..nafnet import ChannelAttention

__all__ = ["LearnableWavelet", "WaveletBlock"]

HAAR = math.sqrt(0.5)


def _filter(first: float, second: float) -> nn.Parameter:
    return nn.Parameter(torch.tensor([[first, second]]))


def _kernels(low: Tensor, high: Tensor, channels: int) -> Tensor:
    """Four 2x2 kernels per channel (4 * channels, 1, 2, 2) from two filters (1, 2): LL, LH, HL, HH.

    The first filter of a band runs along the columns of an image: LH is high from top to bottom.
    """
    vertical, horizontal = torch.cat((low, high, low, high)), torch.cat((low, low, high, high))
    return (vertical[:, None, :, None] * horizontal[:, None, None, :]).repeat(channels, 1, 1, 1)


class _Decomposition(nn.Module):
    """The transform; its filters belong to the node and are listed here a second time, as in official checkpoints."""

    def __init__(self, low: nn.Parameter, high: nn.Parameter) -> None:
        super().__init__()
        self.dec_lo = low
        self.dec_hi = high

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, 4C, H/2, W/2), band after band."""
        channels = x.shape[1]
        bands = functional.conv2d(x, _kernels(self.dec_lo, self.dec_hi, channels), stride=2, groups=channels)
        return functional.channel_shuffle(bands, channels)


class _Reconstruction(nn.Module):
    """The inverse transform, with filters of its own."""

    def __init__(self, low: nn.Parameter, high: nn.Parameter) -> None:
        super().__init__()
        self.rec_lo = low
        self.rec_hi = high

    def forward(self, bands: Tensor) -> Tensor:
        """Map (N, 4C, H/2, W/2), band after band, to (N, C, H, W)."""
        channels = bands.shape[1] // 4
        grouped = functional.channel_shuffle(bands, 4)
        kernels = _kernels(self.rec_lo, self.rec_hi, channels)
        return functional.conv_transpose2d(grouped, kernels, stride=2, groups=channels)


class LearnableWavelet(nn.Module):
    """Learnable wavelet node: convolutions on the four bands of a transform that starts as Haar's.

    The state dict lists each of the four filters twice, as the official checkpoints do.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dec_lo = _filter(HAAR, HAAR)
        self.dec_hi = _filter(HAAR, -HAAR)
        self.rec_lo = _filter(HAAR, HAAR)
        self.rec_hi = _filter(HAAR, -HAAR)
        self.wavedec = _Decomposition(self.dec_lo, self.dec_hi)
        self.waverec = _Reconstruction(self.rec_lo, self.rec_hi)
        self.conv1 = nn.Conv2d(4 * channels, 6 * channels, 1)
        self.conv2 = nn.Conv2d(6 * channels, 6 * channels, 7, padding=3, groups=6 * channels)
        self.conv3 = nn.Conv2d(6 * channels, 4 * channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; H and W must be even."""
        bands = self.conv2(self.conv1(self.wavedec(x)))
        return self.waverec(self.conv3(functional.gelu(bands)))


class WaveletBlock(nn.Module):
    """A NAF block whose spatial branch is a learnable wavelet node.

    Args:
        channels: channels of input and output.
        window: of the channel attention; `None` for the whole image.
    """

    def __init__(self, channels: int, window: Window | None = None) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.wavelet_block1 = LearnableWavelet(channels)
        self.conv3 = nn.Conv2d(channels, channels, 1)
        self.sca = ChannelAttention(channels, window)
        self.conv4 = nn.Conv2d(channels, 2 * channels, 1)
        self.conv5 = nn.Conv2d(channels, channels, 1)
        self.norm1 = LayerNorm2d(channels, 1e-6)
        self.norm2 = LayerNorm2d(channels, 1e-6)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; H and W must be even."""
        x = torch.addcmul(x, self.conv3(self.sca(self.wavelet_block1(self.norm1(x)))), self.beta)
        return torch.addcmul(x, self.conv5(simple_gate(self.conv4(self.norm2(x)))), self.gamma)
