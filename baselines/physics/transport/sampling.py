"""Values of a map between its pixels, for any coordinates."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Border", "Interpolation", "fold", "sample"]

Border = Literal["zero-flux", "replicate", "periodic"]
"""The border of a map: nothing flows through it; what flows in has the values of the outermost pixels; or the opposite
sides are one. Between pixels, the first two are the same: paths end at the border, where the outermost pixel is."""

Interpolation = Literal["bilinear", "bicubic"]
"""`bicubic` is Keys' cubic convolution with a = -1/2 (1981), clamped to the range of the four pixels around a point
(Bermejo and Staniforth 1992). Neither leaves the range of the map."""

OUTSIDE = 2
"""Pixels beside the four around a point that cubic convolution reads, plus one."""


def fold(position: Tensor, length: int, border: Border) -> Tensor:
    """Bring positions into the map, pixel i being at i: into [0, length) if it is periodic, else [0, length - 1]."""
    return position.remainder(length) if border == "periodic" else position.clamp(0, length - 1)


def sample(maps: Tensor, x: Tensor, y: Tensor, interpolation: Interpolation, border: Border) -> Tensor:
    """Interpolate maps.

    Args:
        maps: (N, C, H, W).
        x: column of each point, (N, H', W'), of any size.
        y: row of each point, likewise.
        interpolation: `bilinear`, or `bicubic` with a limiter.
        border: of the maps.

    Returns:
        (N, C, H', W').
    """
    height, width = maps.shape[2:]
    x, y = fold(x, width, border), fold(y, height, border)
    if border == "periodic":
        maps = functional.pad(maps.repeat(1, 1, *_repeats(height, width)), _pads(height, width), mode="circular")
        x, y = x + OUTSIDE, y + OUTSIDE
    return _bilinear(maps, x, y) if interpolation == "bilinear" else _limited(maps, _cubic(maps, x, y), x, y)


def _repeats(height: int, width: int) -> tuple[int, int]:
    """Circular padding cannot be wider than the map: maps of one pixel are repeated first."""
    return (2 if height < OUTSIDE else 1), (2 if width < OUTSIDE else 1)


def _pads(height: int, width: int) -> tuple[int, int, int, int]:
    rows, columns = _repeats(height, width)
    return OUTSIDE, OUTSIDE + width - columns * width, OUTSIDE, OUTSIDE + height - rows * height


def _bilinear(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return _read(maps, x, y, "bilinear")


def _cubic(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Cubic convolution by nine bilinear reads instead of sixteen: the two inner weights have one sign."""
    parts = [
        (weight_x * weight_y)[:, None] * _bilinear(maps, column, row)
        for row, weight_y in _taps(y)
        for column, weight_x in _taps(x)
    ]
    return sum(parts[1:], parts[0])


def _limited(maps: Tensor, values: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Clamp to the range of the four pixels around each point."""
    around = functional.pad(maps, (0, 1, 0, 1), mode="replicate")
    above = functional.max_pool2d(around, 2, stride=1)
    below = -functional.max_pool2d(-around, 2, stride=1)
    low, high = (_read(bound, x.detach().floor(), y.detach().floor(), "nearest") for bound in (below, above))
    return torch.minimum(torch.maximum(values, low), high)


def _taps(position: Tensor) -> tuple[tuple[Tensor, Tensor], ...]:
    """Positions and weights of three reads along one side; the middle one stands for two pixels."""
    base = position.detach().floor()
    s = position - base
    before = s * (-0.5 + s * (1 - 0.5 * s))
    first = 1 + s * s * (1.5 * s - 2.5)
    second = s * (0.5 + s * (2 - 1.5 * s))
    after = s * s * (0.5 * s - 0.5)
    inner = first + second
    return (base - 1, before), (base + second / inner, inner), (base + 2, after)


def _read(maps: Tensor, x: Tensor, y: Tensor, mode: Literal["bilinear", "nearest"]) -> Tensor:
    """Read maps (N, C, H, W) at points (N, H', W'), pixel i being at i; outermost pixels are repeated outside."""
    height, width = maps.shape[2:]
    grid = torch.stack(((2 * x + 1) / width - 1, (2 * y + 1) / height - 1), dim=-1)
    return functional.grid_sample(maps, grid, mode=mode, padding_mode="border", align_corners=False)
