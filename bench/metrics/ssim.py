"""Structural similarity in every form that the published tables use.

Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity",
IEEE TIP 13(4), 2004, equation 13. The forms differ in window, border, data range, whether the window also runs over
the colour channels, and whether the image is first reduced; the same pair scores 0.80 by one and 0.88 by another.

SSIM needs the local means of x, y, x² + y² and xy only, because the two variances enter as their sum: four filtered
planes a channel. The window over the channels of MATLAB's 3-D form is a 3 × 3 matrix that mixes the filtered planes.
Everything is float64, tile by tile in the processor's cache: compiled where Numba is installed, see `ssim_compiled`,
otherwise in numpy. The two agree to 1e-13.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError
from .images import COLOUR_NDIM
from .ssim_spec import SsimSpec
from .windows import TileFilter, fold_onto_channels

__all__ = ["ssim", "ssim_map"]

Tile: TypeAlias = tuple[slice, slice]
RowSums: TypeAlias = Callable[..., NDArray[np.float64]]
"""See `ssim_compiled.row_sums`."""

TILE_ROWS = 48
TILE_COLUMNS = 256
"""Output pixels of a tile, measured: its twelve float64 planes of an RGB pair stay in a 1 MB cache."""

_QUANTITIES = 4
_REDUCED_SIDE = 256
"""The side, in pixels, that Wang's script reduces an image to before it compares."""


def ssim(
    restored: NDArray[Any], target: NDArray[Any], spec: SsimSpec, *, peak: float = 255.0, threads: int = 1
) -> float:
    """Mean structural similarity.

    Args:
        restored: (H, W) or (H, W, C), uint8 or float on the scale of `peak`.
        target: same shape and scale.
        spec: which form.
        peak: 255 for 0..255, 1 for 0..1.
        threads: tiles are shared among this many threads; the sum is taken in a fixed order, so the result
            does not depend on it.

    Raises:
        MetricUnavailableError: the image is smaller than the window and the form has no border.

    >>> image = np.arange(400, dtype=np.uint8).reshape(20, 20)
    >>> ssim(image, image, SsimSpec())
    1.0
    """
    if spec.arithmetic == "float32":
        from .ssim_float32 import ssim_float32

        return ssim_float32(restored, target, spec, peak)
    x, y = (_planes(image, spec) for image in (restored, target))
    shape = _map_shape(x, spec)
    row_sums = compiled_row_sums()
    sum_up = _tile_sums if row_sums is None else partial(_row_sums, row_sums)
    sums = sum_up(x, y, spec, peak, threads=threads)
    return math.fsum(sums) / math.prod(shape)


def ssim_map(
    restored: NDArray[Any], target: NDArray[Any], spec: SsimSpec, *, peak: float = 255.0
) -> NDArray[np.float64]:
    """Structural similarity at every pixel.

    Returns:
        (C, H', W') float64, where H' and W' are those of the image, or `size - 1` less for the `valid` border.

    Raises:
        MetricUnavailableError: as in `ssim`.
    """
    x, y = (_planes(image, spec) for image in (restored, target))
    shape = _map_shape(x, spec)
    result = np.empty(shape)
    comparer = _Comparer(x, y, spec, peak)
    for rows, columns in _tiles(shape):
        result[:, rows, columns] = comparer.compare(rows, columns)
    return result


@cache
def compiled_row_sums() -> RowSums | None:
    """`ssim_compiled.row_sums`, three times as fast; `None` where Numba is not installed."""
    try:
        from .ssim_compiled import row_sums
    except ImportError:  # also of a Numba that is too old for this numpy
        return None
    return row_sums


def _row_sums(
    row_sums: RowSums, x: NDArray[Any], y: NDArray[Any], spec: SsimSpec, peak: float, *, threads: int
) -> list[float]:
    planes = [np.ascontiguousarray(image, np.uint8 if image.dtype == np.uint8 else np.float64) for image in (x, y)]
    channels, rows, _ = _map_shape(x, spec)
    taps = spec.taps()
    weights = fold_onto_channels(taps, channels) if spec.over_channels and channels > 1 else np.empty((0, 0))

    def sums_from(start: int) -> list[float]:
        stop = min(start + share, rows)
        return row_sums(*planes, tuple(taps.tolist()), weights, _constants(spec, peak), start, stop).tolist()

    share = math.ceil(rows / threads)
    if threads == 1:
        return sums_from(0)
    with ThreadPoolExecutor(threads) as pool:
        return [value for part in pool.map(sums_from, range(0, rows, share)) for value in part]


def _tile_sums(x: NDArray[Any], y: NDArray[Any], spec: SsimSpec, peak: float, *, threads: int) -> list[float]:
    tiles = list(_tiles(_map_shape(x, spec)))

    def sums_of(share: Sequence[Tile]) -> list[float]:
        comparer = _Comparer(x, y, spec, peak)
        return [float(comparer.compare(rows, columns).sum()) for rows, columns in share]

    if threads == 1:
        return sums_of(tiles)
    with ThreadPoolExecutor(threads) as pool:
        shares = [tiles[start::threads] for start in range(threads)]
        return [value for part in pool.map(sums_of, shares) for value in part]


def _constants(spec: SsimSpec, peak: float) -> tuple[float, float, float]:
    """C1, C2, and what a sample covariance is multiplied by."""
    length, count = spec.data_range * peak, spec.size**2
    return (0.01 * length) ** 2, (0.03 * length) ** 2, count / (count - 1) if spec.sample_covariance else 1.0


class _Comparer:
    """Compares tiles of one pair of padded images (C, H, W); holds the buffers of one thread."""

    def __init__(self, x: NDArray[Any], y: NDArray[Any], spec: SsimSpec, peak: float) -> None:
        self._x, self._y = x, y
        self._channels = len(x)
        self._margin = spec.size - 1
        taps = spec.taps()
        rows, columns = (
            min(limit, side - self._margin) for limit, side in zip((TILE_ROWS, TILE_COLUMNS), x.shape[1:], strict=True)
        )
        self._filter = TileFilter(taps, _QUANTITIES * self._channels, rows, columns)
        self._mixing = fold_onto_channels(taps, self._channels) if spec.over_channels and self._channels > 1 else None
        self._mixed = np.empty_like(self._filter.outputs) if self._mixing is not None else self._filter.outputs
        self._c1, self._c2, self._unbias = _constants(spec, peak)

    def compare(self, rows: slice, columns: slice) -> NDArray[np.float64]:
        """The map (C, rows, columns) of one tile, in a buffer that the next call overwrites."""
        height, width = rows.stop - rows.start, columns.stop - columns.start
        self._fill(rows, columns, height + self._margin, width + self._margin)
        filtered = self._filter.apply()
        if self._mixing is not None:
            stacked = (_QUANTITIES, self._channels, -1)
            np.matmul(self._mixing, filtered.reshape(stacked), out=self._mixed.reshape(stacked))
        means = self._mixed.reshape(_QUANTITIES, self._channels, *filtered.shape[1:])[:, :, :height, :width]
        return self._combine(*means)

    def _fill(self, rows: slice, columns: slice, height: int, width: int) -> None:
        inside = (slice(None), slice(rows.start, rows.start + height), slice(columns.start, columns.start + width))
        inputs = self._filter.inputs
        quantities = inputs.reshape(_QUANTITIES, self._channels, *inputs.shape[1:])[:, :, :height, :width]
        x, y, squares, product = quantities
        np.copyto(x, self._x[inside])
        np.copyto(y, self._y[inside])
        np.multiply(y, y, out=product)
        np.multiply(x, x, out=squares)
        np.add(squares, product, out=squares)
        np.multiply(x, y, out=product)

    def _combine(
        self, mean_x: NDArray[Any], mean_y: NDArray[Any], squares: NDArray[Any], product: NDArray[Any]
    ) -> NDArray[Any]:
        """(2 μxμy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)), in place."""
        cross = mean_x * mean_y
        np.square(mean_x, out=mean_x)
        np.square(mean_y, out=mean_y)
        energy = np.add(mean_x, mean_y, out=mean_x)
        squares -= energy
        product -= cross
        if self._unbias != 1.0:
            squares *= self._unbias
            product *= self._unbias
        # The two factors of 2 are taken out of the numerator: 4 (μxμy + C1/2)(σxy + C2/2).
        cross += self._c1 / 2
        product += self._c2 / 2
        product *= cross
        energy += self._c1
        squares += self._c2
        squares *= energy
        product /= squares
        product *= 4
        return product


def _planes(image: NDArray[Any], spec: SsimSpec) -> NDArray[Any]:
    """The image as contiguous planes (C, H, W), reduced and with its border as `spec` says."""
    planes = image[np.newaxis] if image.ndim < COLOUR_NDIM else np.moveaxis(image, -1, 0)
    if spec.downsample:
        planes = _reduce(planes)
    if spec.pooled:
        planes = _pool(planes)
    if spec.border == "valid":
        return np.ascontiguousarray(planes)
    radius = spec.size // 2
    padding = ((0, 0), (radius, radius), (radius, radius))
    return np.pad(planes, padding, mode="edge" if spec.border == "replicate" else "constant")


def _reduce(planes: NDArray[Any]) -> NDArray[Any]:
    """Box filter f × f with symmetric border, then every f-th pixel; f = round(min(H, W)/256), halves away from zero.

    For even f MATLAB's imfilter centres the window on the pixel before its middle.
    """
    height, width = planes.shape[1:]
    factor = max(1, math.floor(min(height, width) / _REDUCED_SIDE + 0.5))
    if factor == 1:
        return planes
    before, after = (factor - 1) // 2, factor // 2
    padded = np.pad(planes.astype(np.float64), ((0, 0), (before, after), (before, after)), mode="symmetric")
    shifts = ((row, column) for row in range(factor) for column in range(factor))
    total = sum(padded[:, row : row + height : factor, column : column + width : factor] for row, column in shifts)
    return np.asarray(total) / factor**2


def _pool(planes: NDArray[Any]) -> NDArray[Any]:
    """Average pooling to int(H/f) x int(W/f), f = max(1, round(min(H, W)/256)) with halves to even.

    As torch's adaptive_avg_pool2d: output i is the mean of the inputs from floor(i H/h) to ceil((i + 1) H/h), so that
    neighbouring windows overlap where f does not divide the side.
    """
    factor = max(1, round(min(planes.shape[1:]) / _REDUCED_SIDE))
    if factor == 1:
        return planes
    return _pool_axis(_pool_axis(planes.astype(np.float64), 1, factor), 2, factor)


def _pool_axis(planes: NDArray[Any], axis: int, factor: int) -> NDArray[Any]:
    side = planes.shape[axis]
    count = side // factor
    starts = [index * side // count for index in range(count)]
    ends = [-(-(index + 1) * side // count) for index in range(count)]
    windows = [planes.take(range(*ends_of), axis).mean(axis) for ends_of in zip(starts, ends, strict=True)]
    return np.stack(windows, axis)


def _map_shape(planes: NDArray[Any], spec: SsimSpec) -> tuple[int, int, int]:
    channels, height, width = planes.shape
    if min(height, width) < spec.size:
        raise MetricUnavailableError(
            f"SSIM needs an image of at least {spec.size}x{spec.size} pixels for its window, and this one has"
            f" {height}x{width}."
        )
    return channels, height - spec.size + 1, width - spec.size + 1


def _tiles(shape: tuple[int, int, int]) -> Iterator[Tile]:
    _, height, width = shape
    for top in range(0, height, TILE_ROWS):
        for left in range(0, width, TILE_COLUMNS):
            yield slice(top, min(top + TILE_ROWS, height)), slice(left, min(left + TILE_COLUMNS, width))
