"""The crop of an image in which restorations differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...bench.contracts import UInt8Image

if TYPE_CHECKING:
    import numpy as np

__all__ = ["most_different_crop"]

SMALLEST, LARGEST = 48, 192
"""Limits of a crop's height in pixels: less shows no structure, more is not magnified."""

SHARE = 4
"""A crop is this part of the image's height, ..."""

ASPECT = 4, 3
"""... with this ratio of width to height."""


def most_different_crop(pictures: Sequence[UInt8Image]) -> tuple[int, int, int, int]:
    """Find the crop in which pictures differ most, by the standard deviation between them.

    Args:
        pictures: at least two of one shape (height, width, 3).

    Returns:
        Left, top, width and height in pixels.
    """
    import numpy as np

    stack = np.stack([picture.astype(np.float32).mean(axis=2) for picture in pictures])
    spread = stack.std(axis=0)
    height, width = (int(side) for side in spread.shape)
    tall = min(height, max(SMALLEST, min(LARGEST, height // SHARE)))
    wide = min(width, tall * ASPECT[0] // ASPECT[1])
    sums = _window_sums(spread, tall, wide)
    top, left = np.unravel_index(int(np.argmax(sums)), sums.shape)
    return int(left), int(top), wide, tall


def _window_sums(values: np.ndarray, tall: int, wide: int) -> np.ndarray:
    """Sums over all windows of a size, by a table of cumulative sums."""
    import numpy as np

    table = np.pad(values.astype(np.float64), ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    return table[tall:, wide:] - table[:-tall, wide:] - table[tall:, :-wide] + table[:-tall, :-wide]
