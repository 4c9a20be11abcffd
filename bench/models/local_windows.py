"""What aggregates over a whole image, made local: means, normalisations and attention over windows.

The operations of the test-time local converter (TLC) of Chu et al., Improving Image Restoration by Revisiting Global
Information Aggregation, ECCV 2022, arXiv 2112.04491; `tlc.py` beside this converts a network.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from .schemes import grid_spans

__all__ = [
    "GlobalOperation",
    "LocalAveragePool2d",
    "LocalInstanceNorm2d",
    "Window",
    "aggregate_by_windows",
    "extend_to",
    "local_mean",
    "of_local_mean",
    "window_at",
]

Window: TypeAlias = tuple[int, int]
"""Height and width in pixels of a feature map."""


class GlobalOperation(nn.Module):
    """Base of modules that aggregate over the whole of the feature map that they are called with.

    A subclass restricts itself to windows of `window` once that is set. It may be a larger block, if what it is called
    with has the size of the map that is aggregated.
    """

    window: Window | None = None
    """`None` aggregates over the whole map."""


class LocalAveragePool2d(GlobalOperation):
    """In place of `nn.AdaptiveAvgPool2d(1)`: each pixel's mean over the window around it."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape, or to (N, C, 1, 1) where the window covers the map."""
        return of_local_mean(x, self.window, _unchanged)


class LocalInstanceNorm2d(GlobalOperation):
    """In place of `nn.InstanceNorm2d`: mean and variance of each pixel are those of the window around it.

    Args:
        norm: the module to replace, whose parameters are shared.
    """

    def __init__(self, norm: nn.InstanceNorm2d) -> None:
        super().__init__()
        self.weight: nn.Parameter | None = norm.weight
        self.bias: nn.Parameter | None = norm.bias
        self.eps = norm.eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        if self.window is None or _covers(self.window, x):
            return functional.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)
        # A variance does not depend on the origin; without the offset, the difference of the two means is exact enough.
        x = x - x.mean((2, 3), keepdim=True)
        mean, square = local_mean(x, self.window), local_mean(x * x, self.window)
        scale = (square - mean * mean).clamp_min(0).add(self.eps).rsqrt()
        x = (x - extend_to(mean, *x.shape[2:])) * extend_to(scale, *x.shape[2:])
        if self.weight is None or self.bias is None:
            return x
        return x * self.weight.view(-1, 1, 1) + self.bias.view(-1, 1, 1)


def window_at(train_size: int, level: int) -> Window:
    """Window at a level of a U-net that halves the size at each level.

    It is 1.5 times the training patch, at the level's resolution.

    >>> [window_at(256, level)[0] for level in range(5)]
    [384, 192, 96, 48, 24]
    """
    side = (train_size >> level) * int(1.5 * train_size) // train_size
    return side, side


def of_local_mean(x: Tensor, window: Window | None, pointwise: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply a pointwise function to the mean of (N, C, H, W) over the map, or over the window around each pixel.

    It precedes the repetition of the border, after which it would do the same to more pixels.
    """
    if window is None:
        return pointwise(x.mean((2, 3), keepdim=True))
    return extend_to(pointwise(local_mean(x, window)), x.shape[2], x.shape[3])


def local_mean(x: Tensor, window: Window) -> Tensor:
    """Mean over every window inside (N, C, H, W).

    A window that covers both dimensions gives the global mean (N, C, 1, 1); one that covers a single dimension is
    cropped to it. Otherwise the result is (N, C, H - rows + 1, W - columns + 1). Windows are computed from one
    integral image, accumulated in float32 (float64 for float64 images).
    """
    if _covers(window, x):
        return x.mean((2, 3), keepdim=True)
    height, width = x.shape[-2:]
    rows, columns = min(window[0], height), min(window[1], width)
    integral = functional.pad(x if x.dtype == torch.float64 else x.float(), (1, 0, 1, 0)).cumsum_(3).cumsum_(2)
    below, above = integral[:, :, rows:], integral[:, :, : height + 1 - rows]
    left, right = slice(width + 1 - columns), slice(columns, None)
    total = (below[..., right] + above[..., left]).sub_(above[..., right]).sub_(below[..., left])
    return total.div_(rows * columns).to(x.dtype)


def extend_to(means: Tensor, height: int, width: int) -> Tensor:
    """Repeat the border of local means up to the size of the original map.

    A global mean (N, C, 1, 1) is returned unchanged, since it broadcasts.
    """
    rows, columns = height - means.shape[2], width - means.shape[3]
    if means.shape[2:] == (1, 1) or not (rows or columns):
        return means
    border = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return functional.pad(means, border, mode="replicate")


def aggregate_by_windows(x: Tensor, window: Window | None, aggregate: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply a function to as few windows as cover a map; where they overlap, each pixel is the mean of the results.

    Args:
        x: (N, C, H, W).
        window: `None` for the whole map.
        aggregate: maps (N, C, h, w) to (N, D, h, w), aggregating over h and w.

    Returns:
        (N, D, H, W).
    """
    if window is None or _covers(window, x):
        return aggregate(x)
    height, width = x.shape[-2:]
    spans = itertools.product(grid_spans(height, window[0]), grid_spans(width, window[1]))
    places = [(..., slice(*rows), slice(*columns)) for rows, columns in spans]
    results = [aggregate(x[place]) for place in places]
    total = results[0].new_zeros((*results[0].shape[:2], height, width))
    covered = x.new_zeros((1, 1, height, width))
    for place, result in zip(places, results, strict=True):
        total[place] += result
        covered[place] += 1
    return total / covered


def _covers(window: Window, x: Tensor) -> bool:
    return window[0] >= x.shape[-2] and window[1] >= x.shape[-1]


def _unchanged(x: Tensor) -> Tensor:
    return x
