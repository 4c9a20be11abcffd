"""Many forms of SSIM of one pair, in many regions, from few filters.

The forms of one window share their local moments, and the windows that lie inside a region are the same for all
regions. Only the frame of five pixels around a region, where a border is replicated or zero, is computed anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..metrics.ssim import ssim, ssim_map
from ..metrics.ssim_spec import SsimSpec
from ..metrics.windows import TileFilter, fold_onto_channels

__all__ = ["similarities"]

Array: TypeAlias = NDArray[np.float64]
Box: TypeAlias = tuple[int, int, int, int]

PEAK = 255.0
TILE_ROWS, TILE_COLUMNS = 48, 256
"""As in `bench.metrics.ssim`."""

_REDUCED_FROM = 384
"""Smallest side, in pixels, that Wang's downsampling reduces: round(384/256) is 2."""


def similarities(
    x: Array, y: Array, specs: Mapping[str, SsimSpec], boxes: Mapping[str, Box]
) -> dict[tuple[str, str], float]:
    """Mean SSIM in every form and region.

    Args:
        x: restored planes (C, H, W), 0..255.
        y: target planes, same shape.
        specs: forms by name.
        boxes: regions by name: top, left, bottom, right.

    Returns:
        (region, form) to the mean; without those whose window does not fit into the region.

    >>> planes = np.arange(1200.0).reshape(1, 30, 40) % 251
    >>> similarities(planes, planes, {"wang": SsimSpec()}, {"whole": (0, 0, 30, 40)})
    {('whole', 'wang'): 1.0}
    """
    found: dict[tuple[str, str], float] = {}
    for shared in _by_window(specs).values():
        usable = {name: box for name, box in boxes.items() if _fits(box, next(iter(shared.values())).size)}
        if usable:
            maps = _maps(x, y, shared)
            for form, spec in shared.items():
                for region, box in usable.items():
                    found[region, form] = _mean(x, y, spec, maps[form], box)
    for form, spec in specs.items():
        if spec.downsample:
            found |= {(region, form): value for region, value in _reduced(x, y, spec, boxes)}
    return found


def _by_window(specs: Mapping[str, SsimSpec]) -> dict[tuple[str, int], dict[str, SsimSpec]]:
    shared: dict[tuple[str, int], dict[str, SsimSpec]] = {}
    for name, spec in specs.items():
        if not spec.downsample:
            shared.setdefault((spec.window, spec.size), {})[name] = spec
    return shared


def _fits(box: Box, size: int) -> bool:
    top, left, bottom, right = box
    return min(bottom - top, right - left) >= size


def _maps(x: Array, y: Array, specs: Mapping[str, SsimSpec]) -> dict[str, Array]:
    """Sum over the channels of the map of every form, (H - size + 1, W - size + 1)."""
    taps, size = next(iter(specs.values())).taps(), next(iter(specs.values())).size
    channels, height, width = len(x), x.shape[1] - size + 1, x.shape[2] - size + 1
    rows, columns = min(TILE_ROWS, height), min(TILE_COLUMNS, width)
    filters = TileFilter(taps, 4 * channels, rows, columns)
    mixing = fold_onto_channels(taps, channels)
    maps = {name: np.empty((height, width)) for name in specs}
    for top, left in _corners(height, width):
        tall, wide = min(TILE_ROWS, height - top), min(TILE_COLUMNS, width - left)
        inside = (slice(None), slice(top, top + tall + size - 1), slice(left, left + wide + size - 1))
        means = _moments(filters, x[inside], y[inside])[:, :, :tall, :wide]
        for name, spec in specs.items():
            seen = np.einsum("ij,qjhw->qihw", mixing, means) if spec.over_channels and channels > 1 else means
            maps[name][top : top + tall, left : left + wide] = _combine(seen, spec).sum(axis=0)
    return maps


def _corners(height: int, width: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, TILE_ROWS):
        for left in range(0, width, TILE_COLUMNS):
            yield top, left


def _moments(filters: TileFilter, x: Array, y: Array) -> Array:
    """Local means (4, C, rows, columns) of x, y, x² + y² and xy."""
    channels, height, width = x.shape
    inputs = filters.inputs.reshape(4, channels, *filters.inputs.shape[1:])[:, :, :height, :width]
    inputs[0], inputs[1] = x, y
    np.multiply(x, y, out=inputs[3])
    np.add(x * x, y * y, out=inputs[2])
    outputs = filters.apply()
    return outputs.reshape(4, channels, *outputs.shape[1:])


def _combine(means: Array, spec: SsimSpec) -> Array:
    """The map (C, rows, columns) of one form, from moments that stay as they are."""
    mean_x, mean_y, squares, product = means
    length = spec.data_range * PEAK
    c1, c2 = (0.01 * length) ** 2, (0.03 * length) ** 2
    unbias = spec.size**2 / (spec.size**2 - 1) if spec.sample_covariance else 1.0
    cross = mean_x * mean_y
    energy = mean_x * mean_x + mean_y * mean_y
    numerator = (2 * cross + c1) * (2 * unbias * (product - cross) + c2)
    return numerator / ((energy + c1) * (unbias * (squares - energy) + c2))


def _mean(x: Array, y: Array, spec: SsimSpec, whole: Array, box: Box) -> float:
    top, left, bottom, right = box
    margin = spec.size - 1
    inner = float(whole[top : bottom - margin, left : right - margin].sum())
    channels = len(x)
    if spec.border == "valid":
        return inner / (channels * (bottom - top - margin) * (right - left - margin))
    inside = (slice(None), slice(top, bottom), slice(left, right))
    frame = math.fsum(_frame(x[inside], y[inside], spec))
    return (inner + frame) / (channels * (bottom - top) * (right - left))


def _frame(x: Array, y: Array, spec: SsimSpec) -> Iterator[float]:
    """Sums of the map over the four sides of the frame in which windows leave the image."""
    radius = spec.size // 2
    every, inner = slice(None), slice(radius, -radius)
    first, last = slice(None, 2 * radius), slice(-2 * radius, None)
    head, tail = slice(None, radius), slice(-radius, None)
    sides = (
        ((first, every), (head, every)),
        ((last, every), (tail, every)),
        ((every, first), (inner, head)),
        ((every, last), (inner, tail)),
    )
    for strip, edge in sides:
        restored, target = _as_images(x[:, *strip], y[:, *strip])
        yield float(ssim_map(restored, target, spec, peak=PEAK)[:, *edge].sum())


def _reduced(x: Array, y: Array, spec: SsimSpec, boxes: Mapping[str, Box]) -> Iterable[tuple[str, float]]:
    """The form that first reduces the image; only where it does: elsewhere it is the one that does not."""
    for region, (top, left, bottom, right) in boxes.items():
        inside = (slice(None), slice(top, bottom), slice(left, right))
        if min(bottom - top, right - left) >= _REDUCED_FROM:
            restored, target = _as_images(x[inside], y[inside])
            yield region, ssim(restored, target, spec, peak=PEAK)


def _as_images(x: Array, y: Array) -> tuple[Array, Array]:
    """Planes (C, H, W) as images (H, W, C)."""
    return np.moveaxis(x, 0, -1), np.moveaxis(y, 0, -1)
