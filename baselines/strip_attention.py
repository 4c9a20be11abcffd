"""The transformer blocks of Stripformer: attention within and between rows and columns of a feature map.

Tsai, Peng, Lin, Tsai, Lin, "Stripformer: Strip Transformer for Fast Image Deblurring", ECCV 2022,
arXiv 2204.04627, section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blocks import under

__all__ = ["InterStripBlock", "IntraStripBlock", "StripBlock"]


class StripBlock(nn.Module):
    """A transformer block on (N, C, H, W): strip attention, a feed-forward network, a positional convolution.

    One half of the channels attends along or among rows, the other along or among columns. Everything except
    the convolutions works on channels-last views, which avoids copies.
    """

    attention_norm: nn.LayerNorm
    conv_input: nn.Conv2d
    fuse_out: nn.Conv2d
    ffn_norm: nn.LayerNorm
    ffn: _FeedForward
    PEG: nn.Sequential

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        normalised = self.attention_norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        rows, columns = self.conv_input(normalised).chunk(2, dim=1)
        attended = torch.cat((self.attend_rows(rows), self.attend_columns(columns)), -1)
        tokens = (x + self.fuse_out(attended.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
        tokens = tokens + self.ffn(self.ffn_norm(tokens))
        x = tokens.permute(0, 3, 1, 2)
        return x + self.PEG(x)

    def attend_rows(self, x: Tensor) -> Tensor:
        """Attention with rows as strips: (N, C/2, H, W) to channels-last (N, H, W, C/2)."""
        raise NotImplementedError

    def attend_columns(self, x: Tensor) -> Tensor:
        """Attention with columns as strips: (N, C/2, H, W) to channels-last (N, H, W, C/2)."""
        raise NotImplementedError


class IntraStripBlock(StripBlock):
    """Attention between the pixels within each strip (section 3.2)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__(heads)
        half = channels // 2
        self.attention_norm = nn.LayerNorm(channels)
        self.conv_input = nn.Conv2d(channels, channels, 1)
        self.qkv_local_h = nn.Linear(half, 3 * half)
        self.qkv_local_v = nn.Linear(half, 3 * half)
        self.fuse_out = nn.Conv2d(channels, channels, 1)
        self.ffn_norm = nn.LayerNorm(channels)
        self.ffn = _FeedForward(channels)
        self.PEG = _positional_convolution(channels)

    def attend_rows(self, x: Tensor) -> Tensor:
        """Attend within each row."""
        return self._attend(self.qkv_local_h(x.permute(0, 2, 3, 1)))

    def attend_columns(self, x: Tensor) -> Tensor:
        """Attend within each column."""
        return self._attend(self.qkv_local_v(x.permute(0, 3, 2, 1))).transpose(1, 2)

    def _attend(self, qkv: Tensor) -> Tensor:
        """Attention along dimension 2: (N, strips, length, 3 C/2) to (N, strips, length, C/2)."""
        batch, strips, length, channels = qkv.shape
        split = qkv.view(batch * strips, length, 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        attended = functional.scaled_dot_product_attention(query, key, value)
        return attended.transpose(1, 2).reshape(batch, strips, length, channels // 3)


class InterStripBlock(StripBlock):
    """Attention between whole strips: a token is a row or column with all its pixels (section 3.2).

    The softmax scale is the inverse square root of a head's token length, so it depends on the image size.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__(heads)
        half = channels // 2
        self.attention_norm = nn.LayerNorm(channels)
        self.conv_input = nn.Conv2d(channels, channels, 1)
        self.conv_h = nn.Conv2d(half, 3 * half, 1)
        self.conv_v = nn.Conv2d(half, 3 * half, 1)
        self.ffn_norm = nn.LayerNorm(channels)
        self.ffn = _FeedForward(channels)
        self.fuse_out = nn.Conv2d(channels, channels, 1)
        self.PEG = _positional_convolution(channels)

    def attend_rows(self, x: Tensor) -> Tensor:
        """Attend between rows."""
        return self._attend(self.conv_h(x).permute(0, 2, 3, 1))

    def attend_columns(self, x: Tensor) -> Tensor:
        """Attend between columns."""
        return self._attend(self.conv_v(x).permute(0, 3, 2, 1)).transpose(1, 2)

    def _attend(self, qkv: Tensor) -> Tensor:
        """Attention between strips: (N, strips, length, 3 C/2) to (N, strips, length, C/2).

        Within a head, the official code orders a token by channel and this code by pixel, which does not affect
        their products. The tokens are few but long, so the plain product is faster than fused attention, which is
        designed for many short tokens.
        """
        batch, strips, length, channels = qkv.shape
        split = qkv.reshape(batch, strips, length, 3, self.heads, -1)
        query, key, value = split.permute(3, 0, 4, 1, 2, 5).flatten(4).unbind(0)
        weights = (query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5).softmax(-1)
        attended = (weights @ value).unflatten(-1, (length, -1))
        return attended.permute(0, 2, 3, 1, 4).reshape(batch, strips, length, channels // 3)


class _FeedForward(nn.Module):
    """Two linear layers with an exact GELU between them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, 4 * channels)
        self.fc2 = nn.Linear(4 * channels, channels)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(tokens)))


def _positional_convolution(channels: int) -> nn.Sequential:
    return under("PEG", nn.Conv2d(channels, channels, 3, padding=1, groups=channels))
