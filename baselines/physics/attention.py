"""The rival for global context: linear attention of the size and cost of a transport layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...bench.errors import UsageError
from ..blocks import LayerNorm2d
from .layer import Front, at_least_float32, front_convolution

__all__ = ["LinearAttention"]

HEAD = 8
"""Channels of a head: each pixel costs 2 * 8 MACs for each channel, and queries, keys and values 9 each."""


class LinearAttention(nn.Module):
    """Residual layer x + scale * attention: every pixel reads a summary of the whole map.

    Efficient attention (Shen, Zhang, Zhao, Yi, Li: Efficient Attention: Attention with Linear Complexities, WACV 2021):
    queries are normalised over the channels of a head, keys over the pixels, and values are summed with the keys as
    weights before the queries read them, so that the cost is linear in the number of pixels. The same normalisation,
    front and zero-initialised scale as `GlobalTransport`; queries, keys and values are depthwise 3x3 convolutions.

    Args:
        channels: C of input and output (N, C, H, W), a multiple of eight.
        front: as in `AdvectionDiffusion`.

    Raises:
        UsageError: another number of channels.
    """

    cost_group = "control"
    starts_as_identity = True

    def __init__(self, channels: int, *, front: Front = "grouped") -> None:
        super().__init__()
        if channels % HEAD:
            raise UsageError(f"Linear attention needs a multiple of {HEAD} channels, not {channels}.")
        self.norm = LayerNorm2d(channels, 1e-6)
        self.front = front_convolution(channels, front)
        self.read = nn.Conv2d(channels, 3 * channels, 3, padding=1, groups=channels)
        self.scale = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape and dtype."""
        read = at_least_float32(self.read(self.front(self.norm(x))))
        heads = read.reshape(x.shape[0], -1, HEAD, 3, x.shape[2] * x.shape[3])
        queries, keys, values = (heads[:, :, :, index] for index in range(3))
        summary = values @ keys.softmax(-1).transpose(-1, -2)
        attended = summary @ queries.softmax(2)
        return x + attended.reshape(x.shape).to(x.dtype) * self.scale.to(x.dtype)
