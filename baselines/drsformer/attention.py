"""The transformer block of DRSformer: attention to the most similar channels, and two scales of convolutions."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..transposed_attention import layer_norm

__all__ = ["SparseTransformerBlock", "TopKAttention", "keep_largest"]

INITIAL_WEIGHT = 0.2


def _depthwise(channels: int, kernel_size: int) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels, bias=False)


def _pairwise(channels: int, kernel_size: int) -> nn.Conv2d:
    """Convolve neighbouring pairs of 2C channels into C."""
    return nn.Conv2d(2 * channels, channels, kernel_size, padding=kernel_size // 2, groups=channels, bias=False)


def keep_largest(similarity: Tensor, kept: int) -> Tensor:
    """Softmax over the `kept` largest entries of each row; the others are 0."""
    values, places = similarity.topk(kept, dim=-1, sorted=False)
    return torch.full_like(similarity, -torch.inf).scatter(-1, places, values).softmax(-1)


class TopKAttention(nn.Module):
    """Top-k sparse attention between channels, summed over four values of k.

    Of C channels per head, each attends to the C/2, 2C/3, 3C/4 and 4C/5 most similar ones.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.attn1 = nn.Parameter(torch.tensor([INITIAL_WEIGHT]))
        self.attn2 = nn.Parameter(torch.tensor([INITIAL_WEIGHT]))
        self.attn3 = nn.Parameter(torch.tensor([INITIAL_WEIGHT]))
        self.attn4 = nn.Parameter(torch.tensor([INITIAL_WEIGHT]))
        self.qkv = nn.Conv2d(channels, 3 * channels, 1, bias=False)
        self.qkv_dwconv = _depthwise(3 * channels, 3)
        self.project_out = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; queries and keys have unit norm over the pixels."""
        heads = self.temperature.shape[0]
        query, key, value = self.qkv_dwconv(self.qkv(x)).flatten(2).unflatten(1, (3, heads, -1)).unbind(1)
        similarity = functional.normalize(query, dim=-1) @ functional.normalize(key, dim=-1).transpose(-2, -1)
        similarity = similarity * self.temperature
        channels = similarity.shape[-1]
        attended = (
            (keep_largest(similarity, channels // 2) @ value) * self.attn1
            + (keep_largest(similarity, channels * 2 // 3) @ value) * self.attn2
            + (keep_largest(similarity, channels * 3 // 4) @ value) * self.attn3
            + (keep_largest(similarity, channels * 4 // 5) @ value) * self.attn4
        )
        return self.project_out(attended.reshape(x.shape))


class MixedScaleFeedForward(nn.Module):
    """Mixed-scale feed-forward network: depthwise 3x3 and 5x5 branches that exchange half of their channels."""

    def __init__(self, channels: int, expansion: float) -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.project_in = nn.Conv2d(channels, 2 * hidden, 1, bias=False)
        self.dwconv3x3 = _depthwise(2 * hidden, 3)
        self.dwconv5x5 = _depthwise(2 * hidden, 5)
        self.dwconv3x3_1 = _pairwise(hidden, 3)
        self.dwconv5x5_1 = _pairwise(hidden, 5)
        self.project_out = nn.Conv2d(2 * hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        x = self.project_in(x)
        small_1, small_2 = self.dwconv3x3(x).relu_().chunk(2, dim=1)
        large_1, large_2 = self.dwconv5x5(x).relu_().chunk(2, dim=1)
        first = self.dwconv3x3_1(torch.cat((small_1, large_1), 1)).relu_()
        second = self.dwconv5x5_1(torch.cat((small_2, large_2), 1)).relu_()
        return self.project_out(torch.cat((first, second), 1))


class SparseTransformerBlock(nn.Module):
    """Pre-norm residual block: attention, then the feed-forward network."""

    def __init__(self, channels: int, heads: int, expansion: float) -> None:
        super().__init__()
        self.norm1 = layer_norm(channels)
        self.attn = TopKAttention(channels, heads)
        self.norm2 = layer_norm(channels)
        self.ffn = MixedScaleFeedForward(channels, expansion)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))
