"""The sums of an SSIM map row by row, compiled by Numba; what `ssim` is made of where Numba is installed.

One pass over the images: of each column of tiles, the last rows of the four products stay in the cache, where numpy and
OpenCV write every filtered plane to memory and read it again. Measured on a 1280x720 RGB pair, by 11 taps over rows,
columns and channels, in processor time and beside 59 ms for decoding the two PNG files with Pillow: this 33 ms;
banded matrix products in numpy, see `windows`, 87 ms; OpenCV's `sepFilter2D` for the filter alone 36 ms, to which 20 ms
are added for what is left to numpy; `scipy.ndimage` 770 ms. Compiling takes two seconds, once on a machine.

The products and the last step are computed as they are written, so that identical images score exactly 1; within the
filter the compiler may reorder and fuse, which moves the mean by less than 1e-14.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["row_sums"]

Plane: TypeAlias = NDArray[np.float64]
Taps: TypeAlias = tuple[float, ...]
F = TypeVar("F", bound=Callable[..., Any])

TILE_COLUMNS = 256
"""Output columns of a tile, measured: 11 rows of its twelve float64 products fill half a megabyte."""

_numba: Any = importlib.import_module("numba")  # an extra, and without annotations


def _compiled(function: F, *, reorder: bool = False) -> F:
    """The function compiled for the types that it is called with, kept on disk where that can be."""
    fast = {"contract", "reassoc", "nsz"} if reorder else False  # NaN and infinity stay what they are
    options = {"nogil": True, "error_model": "numpy", "fastmath": fast}
    try:
        return cast("F", _numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither this folder nor the user's can be written
        return cast("F", _numba.njit(**options)(function))


def _reordered(function: F) -> F:
    return _compiled(function, reorder=True)


@_compiled
def _multiply(x: NDArray[Any], y: NDArray[Any], products: NDArray[np.float64], slot: int) -> None:
    """Put x, y, x² + y² and xy of one row into `slot` of `products` (4, slots, columns)."""
    for column in range(len(x)):
        a, b = np.float64(x[column]), np.float64(y[column])
        products[0, slot, column] = a
        products[1, slot, column] = b
        products[2, slot, column] = (a - b) * (a - b) + 2 * (a * b)
        products[3, slot, column] = a * b


@_reordered
def _filter_rows(slots: Plane, first: int, taps: Taps, mean: Plane, columns: int) -> None:
    """The weighted mean of all slots, a ring that begins with slot `first`."""
    size = len(taps)
    radius = size // 2
    for column in range(columns):
        total = taps[radius] * slots[(first + radius) % size, column]
        for tap in range(radius):
            total += taps[tap] * (slots[(first + tap) % size, column] + slots[(first + size - 1 - tap) % size, column])
        mean[column] = total


@_reordered
def _filter_columns(line: Plane, taps: Taps, mean: Plane, columns: int) -> None:
    size = len(taps)
    radius = size // 2
    for column in range(columns):
        total = taps[radius] * line[column + radius]
        for tap in range(radius):
            total += taps[tap] * (line[column + tap] + line[column + size - 1 - tap])
        mean[column] = total


@_compiled
def _mix(means: Plane, weights: Plane, columns: int) -> None:
    """The window over three channels: each row (3, columns) becomes a weighted sum of all."""
    for column in range(columns):
        red, green, blue = means[0, column], means[1, column], means[2, column]
        means[0, column] = weights[0, 0] * red + weights[0, 1] * green + weights[0, 2] * blue
        means[1, column] = weights[1, 0] * red + weights[1, 1] * green + weights[1, 2] * blue
        means[2, column] = weights[2, 0] * red + weights[2, 1] * green + weights[2, 2] * blue


@_compiled
def _compare(means: NDArray[np.float64], channel: int, constants: Taps, similarity: Plane, columns: int) -> None:
    """(2 μxμy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)) of one row."""
    c1, c2, unbias = constants
    for column in range(columns):
        mean_x, mean_y = means[0, channel, column], means[1, channel, column]
        cross = 2 * (mean_x * mean_y)
        energy = (mean_x - mean_y) * (mean_x - mean_y) + cross
        covariance = unbias * (2 * means[3, channel, column] - cross)
        variances = unbias * (means[2, channel, column] - energy)
        similarity[column] = (cross + c1) * (covariance + c2) / ((energy + c1) * (variances + c2))


@_reordered
def _sum(line: Plane, columns: int) -> float:
    total = 0.0
    for column in range(columns):
        total += line[column]
    return total


@_compiled
def row_sums(  # noqa: PLR0917 -- Numba calls by position
    x: NDArray[Any], y: NDArray[Any], taps: Taps, weights: Plane, constants: Taps, start: int, stop: int
) -> Plane:
    """The sum of the SSIM map over columns and channels, for the rows from `start` to `stop`.

    Args:
        x: (C, H, W), padded, uint8 or float64.
        y: the same.
        taps: the window along rows and columns.
        weights: the (3, 3) matrix of the window over channels; (0, 0) without one.
        constants: C1, C2, and n / (n - 1) for sample covariances or 1.
        start: first row of the map.
        stop: the row behind the last.
    """
    channels, margin = len(x), len(taps) - 1
    width = x.shape[2] - margin
    sums = np.zeros(stop - start)
    products = np.empty((channels, 4, len(taps), TILE_COLUMNS + margin))
    line = np.empty(TILE_COLUMNS + margin)
    means = np.empty((4, channels, TILE_COLUMNS))
    for left in range(0, width, TILE_COLUMNS):
        columns = min(TILE_COLUMNS, width - left)
        right = left + columns + margin
        for row in range(start, stop + margin):
            for channel in range(channels):
                _multiply(x[channel, row, left:right], y[channel, row, left:right], products[channel], row % len(taps))
            first = row - margin
            if first < start:
                continue
            for channel in range(channels):
                for quantity in range(4):
                    _filter_rows(products[channel, quantity], first, taps, line, columns + margin)
                    _filter_columns(line, taps, means[quantity, channel], columns)
            if len(weights):
                for quantity in range(4):
                    _mix(means[quantity], weights, columns)
            for channel in range(channels):
                _compare(means, channel, constants, line, columns)
                sums[first - start] += _sum(line, columns)
    return sums
