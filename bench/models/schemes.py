"""Schemes of inference: an image in the cells of a grid, and the mean over its rotations and reflections."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from ..contracts import InferenceScheme, InferenceSettings
from .tiles import tile_spans

__all__ = ["Restore", "grid_spans", "pass_sizes", "restore_by_grid", "restore_ensemble"]

Restore: TypeAlias = Callable[[Tensor], Tensor]
"""Maps (N, 3, H, W), which it must not write to, to a tensor of the same shape."""


def restore_by_grid(images: Tensor, side: int, restore: Restore) -> Tensor:
    """Restore a batch by the cells of a grid; a pixel in several cells becomes the mean of them, with equal weights.

    The scheme of the test scripts of HINet and NAFNet for REDS (`grids: true, crop_size: 256`), which refuse images
    that are smaller than a cell; here such an image is one.

    Args:
        images: (N, 3, H, W).
        side: of a cell, in pixels.
        restore: restores a cell.
    """
    height, width = images.shape[-2:]
    total, cells = torch.zeros_like(images), images.new_zeros((1, 1, height, width))
    for rows, columns in itertools.product(grid_spans(height, side), grid_spans(width, side)):
        part = (..., slice(*rows), slice(*columns))
        total[part] += restore(images[part])
        cells[part] += 1
    return total / cells


def grid_spans(length: int, side: int) -> list[tuple[int, int]]:
    """Starts and ends of as few cells as cover `length`, at equal distances but for the last, which ends with it.

    >>> grid_spans(720, 256), grid_spans(1280, 256)[:2], grid_spans(200, 256)
    ([(0, 256), (232, 488), (464, 720)], [(0, 256), (256, 512)], [(0, 200)])
    """
    if length <= side:
        return [(0, length)]
    gaps = -(-length // side) - 1
    step = -(-(length - side) // gaps)
    return [(start, start + side) for start in (*range(0, length - side, step), length - side)]


def restore_ensemble(images: Tensor, restore: Restore) -> Tensor:
    """Mean of the restorations of the four rotations of a batch and of its mirror image, each turned back.

    Args:
        images: (N, 3, H, W).
        restore: restores images of this size and of the transposed one.
    """
    total = torch.zeros_like(images)
    for mirrored, turns in itertools.product((False, True), range(4)):
        seen = torch.rot90(images.flip(-1) if mirrored else images, turns, (-2, -1))
        back = torch.rot90(restore(seen), -turns, (-2, -1))
        total = total + (back.flip(-1) if mirrored else back)
    return total / 8


def pass_sizes(
    size: tuple[int, int], scheme: InferenceScheme, settings: InferenceSettings | None = None
) -> list[tuple[int, int]]:
    """Height and width of what the network gets in each forward pass on an image of `size`, before padding.

    A turn of an ensemble is divided into tiles, and a tile into the cells of a grid.
    """
    height, width = size
    sizes = [size] if scheme.ensemble == "none" else [size, (width, height)] * 4
    if settings is not None and settings.tile is not None and max(size) > settings.tile:
        tile, overlap = settings.tile, min(settings.tile_overlap, settings.tile // 2)
        sizes = [part for each in sizes for part in _parts(*(tile_spans(length, tile, overlap) for length in each))]
    if scheme.grid:
        sizes = [part for each in sizes for part in _parts(*(grid_spans(length, scheme.grid) for length in each))]
    return sizes


def _parts(rows: list[tuple[int, int]], columns: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(bottom - top, right - left) for (top, bottom), (left, right) in itertools.product(rows, columns)]
