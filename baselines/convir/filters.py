"""Filters of ConvIR that are made from the features themselves, and the pooling layer that uses them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["MultiScalePooling", "apply_filters"]

GROUPS = 8
"""Groups of channels, each with a filter of its own."""

POOLS = (8, 4, 2)
"""Sizes of the average pools, in the order in which their results are passed on."""


def apply_filters(x: Tensor, filters: Tensor, dilation: int) -> Tensor:
    """Correlate each group of channels of each image with its own filter, reflecting at the border.

    Args:
        x: (N, C, H, W), larger than `dilation` along every axis that has more than one tap.
        filters: (N, groups, rows, columns), odd numbers of taps.
        dilation: distance of neighbouring taps.

    Returns:
        The shape of `x`.
    """
    height, width = x.shape[2:]
    groups, rows, columns = filters.shape[1:]
    top, left = rows // 2 * dilation, columns // 2 * dilation
    padded = functional.pad(x, (left, left, top, top), mode="reflect")
    padded = padded.reshape(len(x), groups, -1, *padded.shape[2:])
    low = x.new_zeros(len(x), groups, x.shape[1] // groups, height, width)
    for row in range(rows):
        for column in range(columns):
            y, z = row * dilation, column * dilation
            tap = filters[:, :, row, column, None, None, None]
            low = torch.addcmul(low, padded[..., y : y + height, z : z + width], tap)
    return low.reshape(x.shape)


class DynamicFilter(nn.Module):
    """A low-pass made from the features' mean, with learned weights of low and high frequencies per channel.

    Args:
        channels: channels of input and output, a multiple of 8.
        taps: rows and columns of the filter: 3x3, or a strip of 1x3 or 3x1.
        dilation: distance of the taps.
    """

    def __init__(self, channels: int, taps: tuple[int, int], dilation: int) -> None:
        super().__init__()
        self.taps = taps
        self.dilation = dilation
        self.axes = tuple(axis for axis, count in zip((2, 3), taps, strict=True) if count > 1)
        """Axes over which the mean is taken that the low-pass is compared with."""
        self.inside_all = nn.Parameter(torch.zeros(channels, 1, 1))
        self.lamb_l = nn.Parameter(torch.zeros(channels))
        self.lamb_h = nn.Parameter(torch.zeros(channels))
        count = GROUPS * taps[0] * taps[1]
        self.conv = nn.Conv2d(channels, count, 1, bias=False)
        self.bn = nn.BatchNorm2d(count) if len(self.axes) == 2 else nn.Identity()  # noqa: PLR2004 - the square one

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        filters = self.bn(self.conv(x.mean((2, 3), keepdim=True))).tanh()
        low = apply_filters(x, filters.reshape(len(x), GROUPS, *self.taps), self.dilation)
        low = low * (self.inside_all + 1) - self.inside_all * x.mean(self.axes, keepdim=True)
        return low * self.lamb_l[:, None, None] + x * (self.lamb_h[:, None, None] + 1)


class StripFilter(nn.Module):
    """A filter along the rows, then one along the columns, blended with the features."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(channels, 1, 1))
        self.beta = nn.Parameter(torch.ones(channels, 1, 1))
        self.H_spatial_att = DynamicFilter(channels, (1, 3), dilation)
        self.W_spatial_att = DynamicFilter(channels, (3, 1), dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        return self.gamma * self.W_spatial_att(self.H_spatial_att(x)) + self.beta * x


class DynamicFilters(nn.Module):
    """The sum of a square filter and two strips."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.square_att = DynamicFilter(channels, (3, 3), dilation)
        self.strip_att = StripFilter(channels, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        return self.strip_att(x) + self.square_att(x)


class MultiScalePooling(nn.Module):
    """Features filtered at an eighth, a quarter and a half of their size, each scale building on the coarser one.

    Args:
        channels: channels of input and output.
        dilations: of the filters at each scale; the maps there must be larger.
    """

    def __init__(self, channels: int, dilations: tuple[int, int, int]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in POOLS)
        self.dynas = nn.ModuleList(DynamicFilters(channels, dilation) for dilation in dilations)
        self.conv_sum = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; H and W must be multiples of 8."""
        total, coarser = x, None
        for size, conv, filters in zip(POOLS, self.convs, self.dynas, strict=True):
            pooled = functional.avg_pool2d(x, size)
            if coarser is not None:
                pooled = pooled + _resized(coarser, pooled)
            coarser = filters(conv(pooled))
            total = total + _resized(coarser, x)
        return self.conv_sum(functional.gelu(total))


def _resized(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, like.shape[2:], mode="bilinear", align_corners=True)
