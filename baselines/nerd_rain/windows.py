"""Restoration in windows side by side, as in the official test script of NeRD-Rain."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

__all__ = ["restore_in_windows", "window_starts"]


def window_starts(length: int, window: int) -> Iterator[tuple[int, int]]:
    """Yield (first pixel, first pixel not covered before) of each window along one side.

    If the length is no multiple, the last window ends at the border and overlaps the one before it.

    >>> list(window_starts(600, 256))
    [(0, 0), (256, 256), (344, 512)]
    """
    for uncovered in range(0, length, window):
        yield max(0, min(uncovered, length - window)), uncovered


def restore_in_windows(image: Tensor, window: int, restore: Callable[[Tensor], Tensor]) -> Tensor:
    """Restore (N, 3, H, W) window by window; a pixel keeps its first result, without blending.

    Args:
        image: of any size; a side shorter than `window` gives windows of that length.
        window: side of the windows in pixels.
        restore: maps a window (N, 3, h, w) to the same shape.
    """
    height, width = image.shape[-2:]
    if height <= window and width <= window:
        return restore(image)
    restored = torch.empty_like(image)
    for top, uncovered_top in window_starts(height, window):
        for left, uncovered_left in window_starts(width, window):
            piece = restore(image[..., top : top + window, left : left + window])
            fresh = piece[..., uncovered_top - top :, uncovered_left - left :]
            restored[..., uncovered_top : top + window, uncovered_left : left + window] = fresh
    return restored
