"""Tiles: the parts of a large image that are restored one after the other and blended."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["restore_tiled", "tile_spans"]


def restore_tiled(images: Tensor, tile: int, overlap: int, restore: Callable[[Tensor], Tensor]) -> Tensor:
    """Restore a batch by square tiles of side `tile` that share `overlap` pixels, where they are blended linearly.

    Args:
        images: (N, 3, H, W).
        tile: side in pixels.
        overlap: at most half of a tile is used.
        restore: maps a part of `images`, which it must not write to, to a tensor of the same shape.
    """
    overlap = min(overlap, tile // 2)
    height, width = images.shape[-2:]
    total, weight = torch.zeros_like(images), images.new_zeros((1, 1, height, width))
    for rows, columns in itertools.product(tile_spans(height, tile, overlap), tile_spans(width, tile, overlap)):
        part = (..., slice(*rows), slice(*columns))
        window = _ramp(rows, height, overlap, images)[:, None] * _ramp(columns, width, overlap, images)
        total[part] += restore(images[part]) * window
        weight[part] += window
    return total / weight


def tile_spans(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    """Starts and ends of tiles that cover `length`; the last one is moved back to fit.

    >>> tile_spans(100, 40, 10)
    [(0, 40), (30, 70), (60, 100)]
    """
    if length <= tile:
        return [(0, length)]
    starts = [*range(0, length - tile, tile - overlap), length - tile]
    return [(start, start + tile) for start in starts]


def _ramp(span: tuple[int, int], length: int, overlap: int, like: Tensor) -> Tensor:
    """Weights that fall linearly over the overlap at inner edges, so that seams are blended."""
    start, end = span
    weights = torch.ones(end - start, dtype=like.dtype, device=like.device)
    edge = torch.arange(1, overlap + 1, dtype=like.dtype, device=like.device) / (overlap + 1)
    if start > 0:
        weights[:overlap] = edge
    if end < length:
        weights[-overlap:] = torch.minimum(weights[-overlap:], edge.flip(0)) if overlap else weights[-overlap:]
    return weights
