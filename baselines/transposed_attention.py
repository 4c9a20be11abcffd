"""Restormer's blocks: attention between channels and a gated feed-forward network (arXiv 2111.09881, section 3).

Shared by Restormer and the networks that build on it.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.models.local_windows import GlobalOperation, aggregate_by_windows
from .blocks import BiasFreeLayerNorm2d, LayerNorm2d, gelu_gate, under

__all__ = [
    "GatedFeedForward",
    "LayerNormKind",
    "TransformerBlock",
    "TransposedAttention",
    "attend_between_channels",
    "layer_norm",
]

LayerNormKind = Literal["WithBias", "BiasFree"]


def layer_norm(channels: int, kind: LayerNormKind = "WithBias") -> nn.Sequential:
    """Layer normalisation over channels with epsilon 1e-5, its parameters under the official key `body`."""
    variant = LayerNorm2d if kind == "WithBias" else BiasFreeLayerNorm2d
    return under("body", variant(channels, 1e-5))


def attend_between_channels(query: Tensor, key: Tensor, value: Tensor, temperature: Tensor) -> Tensor:
    """Attention with a C/heads x C/heads matrix per head.

    Args:
        query: (N, heads, C/heads, H * W); brought to unit norm over the pixels, as are the keys.
        key: the same shape.
        value: the same shape.
        temperature: (heads, 1, 1), a factor of the similarities.

    Returns:
        The shape of `value`.
    """
    eps = max(1e-12, torch.finfo(query.dtype).tiny)  # 1e-12 is zero in float16, in which a map of zeros became NaN
    query, key = functional.normalize(query, dim=-1, eps=eps), functional.normalize(key, dim=-1, eps=eps)
    similarity = query @ key.transpose(-2, -1)
    return (similarity * temperature).softmax(-1) @ value


class TransposedAttention(GlobalOperation):
    """Multi-Dconv head transposed attention: a C/heads x C/heads attention matrix per head (section 3.1)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Conv2d(channels, 3 * channels, 1, bias=False)
        self.qkv_dwconv = nn.Conv2d(3 * channels, 3 * channels, 3, padding=1, groups=3 * channels, bias=False)
        self.project_out = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        return self.project_out(aggregate_by_windows(self.qkv_dwconv(self.qkv(x)), self.window, self._attend))

    def _attend(self, qkv: Tensor) -> Tensor:
        """Map queries, keys and values (N, 3C, H, W) to (N, C, H, W)."""
        count, _, height, width = qkv.shape
        query, key, value = qkv.reshape(count, 3, self.temperature.shape[0], -1, height * width).unbind(1)
        attended = attend_between_channels(query, key, value, self.temperature)
        return attended.reshape(count, -1, height, width)


class GatedFeedForward(nn.Module):
    """Gated-Dconv feed-forward network: GELU of one half of the hidden channels gates the other (section 3.2).

    Args:
        channels: channels of input and output.
        expansion: ratio of hidden channels to channels; the product is truncated.
    """

    def __init__(self, channels: int, expansion: float = 2.66) -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.project_in = nn.Conv2d(channels, 2 * hidden, 1, bias=False)
        self.dwconv = nn.Conv2d(2 * hidden, 2 * hidden, 3, padding=1, groups=2 * hidden, bias=False)
        self.project_out = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        return self.project_out(gelu_gate(self.dwconv(self.project_in(x))))


class TransformerBlock(nn.Module):
    """Pre-norm residual block: attention, then the feed-forward network.

    Args:
        channels: channels of input and output.
        heads: attention heads.
        expansion: of the feed-forward network.
        norm: kind of both normalisations.
    """

    def __init__(self, channels: int, heads: int, *, expansion: float = 2.66, norm: LayerNormKind = "WithBias") -> None:
        super().__init__()
        self.norm1 = layer_norm(channels, norm)
        self.attn = TransposedAttention(channels, heads)
        self.norm2 = layer_norm(channels, norm)
        self.ffn = GatedFeedForward(channels, expansion)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))
