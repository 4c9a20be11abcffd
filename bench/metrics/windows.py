"""Local weighted means by small matrix products: the filter under every SSIM.

A separable window of n taps over B outputs is the product of a banded B × (B + n - 1) matrix with B + n - 1 inputs.
For small B the wasted zeros cost less than anything else that numpy can do: 11 taps in float64 take 1 ns a pixel
and pass, and BLAS runs them without the interpreter's lock.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

__all__ = ["TileFilter", "fold_onto_channels", "gaussian_taps", "uniform_taps"]

Array: TypeAlias = NDArray[np.float64]

ROW_BLOCK = 8
COLUMN_BLOCK = 16
"""Outputs of one banded product, measured: smaller ones starve BLAS, larger ones multiply more zeros."""


def gaussian_taps(size: int, sigma: float) -> Array:
    """A normalised Gaussian of `size` taps.

    >>> gaussian_taps(11, 1.5).sum().round(12).item()
    1.0
    """
    distance = np.arange(size) - (size - 1) / 2
    taps = np.exp(-(distance**2) / (2 * sigma**2))
    return taps / taps.sum()


def uniform_taps(size: int) -> Array:
    """`size` equal taps of sum 1."""
    return np.full(size, 1 / size)


def fold_onto_channels(taps: Array, channels: int) -> Array:
    """The matrix (channels, channels) of a window that runs over few channels with replicated ends.

    Row c holds the weights with which the channels enter the mean around channel c: all taps before the first
    channel fall on the first, all behind the last on the last.

    >>> fold_onto_channels(gaussian_taps(11, 1.5), 3)[1].round(4).tolist()
    [0.367, 0.266, 0.367]
    """
    matrix = np.zeros((channels, channels))
    radius = len(taps) // 2
    for channel in range(channels):
        for offset, tap in zip(range(-radius, radius + 1), taps, strict=True):
            matrix[channel, min(max(channel + offset, 0), channels - 1)] += tap
    return matrix


class TileFilter:
    """Filters stacks of equally sized planes with one separable window; owns its buffers, so one per thread.

    Args:
        taps: the window along rows and columns alike, of odd length.
        planes: how many planes are filtered at once.
        rows: most output rows of a tile; rounded up to a multiple of `ROW_BLOCK`.
        columns: most output columns of a tile; rounded up to a multiple of `COLUMN_BLOCK`.
    """

    def __init__(self, taps: Array, planes: int, rows: int, columns: int) -> None:
        margin = len(taps) - 1
        row_blocks, column_blocks = math.ceil(rows / ROW_BLOCK), math.ceil(columns / COLUMN_BLOCK)
        rows, columns = row_blocks * ROW_BLOCK, column_blocks * COLUMN_BLOCK
        self.inputs = np.zeros((planes, rows + margin, columns + margin))
        """To be filled from the top left corner; what lies beyond the current tile is filtered and ignored."""
        self.outputs = np.empty((planes, rows, columns))
        """Result of `apply`, valid up to the size of the tile."""
        self._row_bands = _banded(taps, ROW_BLOCK)
        self._column_bands = np.ascontiguousarray(_banded(taps, COLUMN_BLOCK).T)
        self._between = np.empty((planes, row_blocks, ROW_BLOCK, columns + margin))
        self._row_view = _overlapping_rows(self.inputs, row_blocks, ROW_BLOCK, margin)
        self._column_view = _overlapping_columns(self._between, column_blocks, COLUMN_BLOCK, margin)
        self._output_view = _overlapping_columns(self.outputs, column_blocks, COLUMN_BLOCK, 0)

    def apply(self) -> Array:
        """Filter `inputs` into `outputs`, rows first; returns `outputs`."""
        np.matmul(self._row_bands, self._row_view, out=self._between)
        np.matmul(self._column_view, self._column_bands, out=self._output_view)
        return self.outputs


def _banded(taps: Array, outputs: int) -> Array:
    matrix = np.zeros((outputs, outputs + len(taps) - 1))
    for row in range(outputs):
        matrix[row, row : row + len(taps)] = taps
    return matrix


def _overlapping_rows(stack: Array, blocks: int, block: int, margin: int) -> Array:
    """View (planes, rows, columns) as (planes, blocks, block + margin, columns)."""
    planes, _, columns = stack.shape
    by_plane, by_row, by_column = stack.strides
    return as_strided(stack, (planes, blocks, block + margin, columns), (by_plane, block * by_row, by_row, by_column))


def _overlapping_columns(stack: Array, blocks: int, block: int, margin: int) -> Array:
    """View (..., columns) as (blocks, lines, block + margin), a line being any row of any plane."""
    lines = stack.reshape(-1, stack.shape[-1])
    by_line, by_column = lines.strides
    return as_strided(lines, (blocks, len(lines), block + margin), (block * by_column, by_line, by_column))
