"""Blocks of NeRD-Rain: Restormer's with other keys, a gated fusion, and an implicit neural representation."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..blocks import under
from ..transposed_attention import TransformerBlock

__all__ = ["Fusion", "ImplicitImage", "transformer_block"]

HIDDEN = 256
COORDINATES = 18
"""Inputs for the offset of a query from its pixel and for the sines and cosines of it."""

QUERIES = 4
"""Predictions per pixel, one from each of the nearest features."""


def transformer_block(channels: int, heads: int, expansion: float) -> TransformerBlock:
    """Restormer's block, with the depthwise convolutions two levels deeper, as in the official checkpoints."""
    block = TransformerBlock(channels, heads, expansion=expansion)
    block.attn.add_module("qkv_dwconv", under("main", nn.Sequential(block.attn.qkv_dwconv)))
    block.ffn.add_module("dwconv", under("main", nn.Sequential(block.ffn.dwconv)))
    return block


def _mix(x: Tensor, gated: Tensor, layer: nn.Module) -> Tensor:
    """Weight x and its gated form by two maps that a layer predicts from both."""
    own, other = layer(torch.cat((x, gated), 1)).chunk(2, dim=1)
    return x * own + gated * other


class Fusion(nn.Module):
    """Fuse two features by the similarity of their pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query_conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.key_conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.gamma1 = nn.Conv2d(2 * channels, 2, 3, padding=1)
        self.gamma2 = nn.Conv2d(2 * channels, 2, 3, padding=1)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Map two features (N, C, H, W) to one."""
        gate = (self.query_conv(x) * self.key_conv(y)).sigmoid()
        return _mix(x, x * gate, self.gamma1) + _mix(y, y * gate, self.gamma2)


class ImplicitImage(nn.Module):
    """Implicit neural representation: a perceptron from the features around a point, and its coordinates, to a colour.

    NeRD-Rain asks only for the centres of the pixels. There the four nearest features are one, the offset is zero and
    the size of a pixel is 2, so the coordinates are constants whose weights are kept for the checkpoints.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Linear(9 * channels + COORDINATES + 2, HIDDEN), nn.ReLU()]
        for _ in range(2):
            layers += [nn.Linear(HIDDEN, HIDDEN), nn.ReLU()]
        self.imnet = under("layers", nn.Sequential(*layers, nn.Linear(HIDDEN, 3)))

    def forward(self, x: Tensor) -> Tensor:
        """Map features (N, C, H, W) to an image (N, 3, H, W)."""
        neighbourhoods = functional.unfold(x, 3, padding=1).transpose(1, 2)
        offset = neighbourhoods.new_zeros(*neighbourhoods.shape[:2], COORDINATES)
        cell = neighbourhoods.new_full((*neighbourhoods.shape[:2], 2), 2)
        points = torch.cat((neighbourhoods, offset, cell), -1)
        # Equal predictions are still made one by one, so that profiles show the published cost.
        colours = torch.stack([self.imnet(points) for _ in range(QUERIES)]).mean(0)
        return colours.transpose(1, 2).reshape(x.shape[0], 3, *x.shape[-2:])
