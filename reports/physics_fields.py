"""A drawing of what a physics layer does to one image."""

# matplotlib types the keyword arguments of its drawing functions as unknown:
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..bench.contracts import UInt8Image
from ..bench.errors import UsageError
from ..bench.physics import PhysicalFields

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = ["draw_fields"]

ARROWS = 28
"""Arrows along the longer side, at most."""

FORMATS = (".png", ".svg", ".pdf")

Map = NDArray[np.float64]


def draw_fields(fields: PhysicalFields, image: UInt8Image, path: Path, *, title: str = "") -> None:
    """Draw velocities as arrows over the image, both diffusivities, and the source.

    Every map is a mean over the channels, weighted by the size of the layer's output scale for each; all alike in an
    untrained layer. The source keeps its sign relative to the scale, so that it says what is added to the features.

    Args:
        fields: of the image.
        image: (H, W, 3), RGB.
        path: PNG, SVG or PDF; folders are made.
        title: above the drawing.

    Raises:
        UsageError: another kind of file.
    """
    from matplotlib.figure import Figure  # a figure without pyplot needs no display

    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"{path} is not a PNG, SVG or PDF file: choose one of these endings.")
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width, _ = image.shape
    side = 4.6
    figure = Figure(figsize=(2 * side + 1, 2 * side * height / width + 1.2), layout="constrained")
    axes = figure.subplots(2, 2).ravel()
    weights = _weights(fields)
    u, v, dx, dy = (_mean(field, weights) for field in (fields.u, fields.v, fields.dx, fields.dy))
    _draw_velocity(axes[0], image, u * fields.time, v * fields.time)
    extent, highest = (0, width, height, 0), max(float(dx.max()), float(dy.max()))
    for place, field, name in ((axes[1], dx, "$D_x$, along rows"), (axes[2], dy, "$D_y$, along columns")):
        drawn = place.imshow(field, cmap="viridis", vmin=0, vmax=highest, extent=extent)
        _finish(figure, place, drawn, f"{name} (pixels² per unit time)")
    signed = np.sign(fields.scale) * weights if fields.scale.any() else weights
    source = _mean(fields.source, signed)
    largest = float(np.abs(source).max()) or 1.0
    drawn = axes[3].imshow(source, cmap="RdBu_r", vmin=-largest, vmax=largest, extent=extent)
    _finish(figure, axes[3], drawn, "source $f$ (per unit time)")
    steps = f"K = {fields.steps} steps to T = {fields.time:g}"
    figure.suptitle(f"{title}: {steps}" if title else steps)
    figure.savefig(path, dpi=140)


def _weights(fields: PhysicalFields) -> Map:
    """How much each channel counts; sums to 1."""
    size = np.abs(fields.scale.astype(np.float64))
    return size / size.sum() if size.any() else np.full(len(size), 1 / len(size))


def _mean(field: NDArray[np.floating], weights: Map) -> Map:
    return np.tensordot(weights, field.astype(np.float64), 1)


def _draw_velocity(axes: Axes, image: UInt8Image, right: Map, down: Map) -> None:
    """Displacements over T, one arrow for each cell of a coarse grid; the key says how long they are."""
    height, width, _ = image.shape
    axes.imshow(image, alpha=0.75)
    every = max(1, -(-max(right.shape) // ARROWS))
    right, down = (_coarse(each, every) for each in (right, down))
    rows, columns = right.shape
    x = np.tile((np.arange(columns, dtype=np.float64) + 0.5) * width / columns, (rows, 1))
    y = np.tile((np.arange(rows, dtype=np.float64) + 0.5) * height / rows, (columns, 1)).T
    longest = float(np.hypot(right, down).max()) or 1.0
    unit = width / columns / longest
    arrows = axes.quiver(
        x, y, right * unit, down * unit, color="#d8352a", angles="xy", scale_units="xy", scale=1, width=0.0035
    )
    label = f"{longest:.2g} px of the layer over T"
    axes.quiverkey(arrows, 0.8, 1.03, width / columns, label, labelpos="W", coordinates="axes")
    axes.set_title("drift $(u, v)\\,T$", loc="left")
    axes.set_axis_off()


def _coarse(field: Map, every: int) -> Map:
    """Means over squares of `every` cells; a rest at the far border is left out."""
    rows, columns = (max(1, length // every) for length in field.shape)
    cut = field[: rows * every, : columns * every]
    return cut.reshape(rows, cut.shape[0] // rows, columns, cut.shape[1] // columns).mean(axis=(1, 3))


def _finish(figure: Figure, axes: Axes, drawn: AxesImage, title: str) -> None:
    figure.colorbar(drawn, ax=axes, shrink=0.8)
    axes.set_title(title, loc="left")
    axes.set_axis_off()
