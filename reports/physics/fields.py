"""A drawing of what a physics layer does to one image."""

# matplotlib types the keyword arguments of its drawing functions as unknown:
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...bench.contracts import UInt8Image
from ...bench.errors import UsageError
from ...bench.models.physics.maps import FieldMaps, Map, coarse

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = ["ARROW_COLOUR", "SEQUENTIAL", "SIGNED", "Arrows", "draw_fields", "drift_arrows", "highest_diffusivity"]

ARROWS = 28
"""Arrows along the longer side, at most."""

ARROW_COLOUR = "#d8352a"
SEQUENTIAL, SIGNED = "viridis", "RdBu_r"
"""matplotlib's names of the colours of diffusivities and of the source."""

FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class Arrows:
    """Displacements over T, one for each cell of a coarse grid over an image; every array is (rows, columns)."""

    x: Map
    y: Map
    """Where they start, in pixels of the image."""

    right: Map
    down: Map
    """How far they reach, in pixels of the image; the longest as far as a cell is wide."""

    cell: float
    """Width of a cell of the grid in pixels of the image."""

    longest: float
    """The longest displacement in pixels of the layer."""


def drift_arrows(maps: FieldMaps, height: int, width: int) -> Arrows:
    """The drift (u, v) T as arrows over an image of this size."""
    every = max(1, -(-max(maps.u.shape) // ARROWS))
    right, down = (coarse(each * maps.time, every) for each in (maps.u, maps.v))
    rows, columns = right.shape
    x = np.tile((np.arange(columns, dtype=np.float64) + 0.5) * width / columns, (rows, 1))
    y = np.tile((np.arange(rows, dtype=np.float64) + 0.5) * height / rows, (columns, 1)).T
    longest = float(np.hypot(right, down).max())
    unit = width / columns / (longest or 1.0)
    return Arrows(x, y, right * unit, down * unit, width / columns, longest)


def highest_diffusivity(maps: FieldMaps) -> float:
    """Where the common scale of both diffusivities ends; it starts at 0."""
    return float(max(maps.dx.max(), maps.dy.max()))


def draw_fields(maps: FieldMaps, image: UInt8Image, path: Path, *, title: str = "") -> None:
    """Draw velocities as arrows over the image, both diffusivities, and the source.

    Args:
        maps: of the image.
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
    _draw_velocity(axes[0], image, maps)
    extent, highest = (0, width, height, 0), highest_diffusivity(maps)
    for place, field, name in ((axes[1], maps.dx, "$D_x$, along rows"), (axes[2], maps.dy, "$D_y$, along columns")):
        drawn = place.imshow(field, cmap=SEQUENTIAL, vmin=0, vmax=highest, extent=extent)
        _finish(figure, place, drawn, f"{name} (pixels² per unit time)")
    largest = float(np.abs(maps.source).max()) or 1.0
    drawn = axes[3].imshow(maps.source, cmap=SIGNED, vmin=-largest, vmax=largest, extent=extent)
    _finish(figure, axes[3], drawn, "source $f$ (per unit time)")
    steps = f"K = {maps.steps} steps to T = {maps.time:g}"
    figure.suptitle(f"{title}: {steps}" if title else steps)
    figure.savefig(path, dpi=140)


def _draw_velocity(axes: Axes, image: UInt8Image, maps: FieldMaps) -> None:
    """Arrows over the paler image; the key says how long they are."""
    axes.imshow(image, alpha=0.75)
    arrows = drift_arrows(maps, *image.shape[:2])
    drawn = axes.quiver(
        arrows.x,
        arrows.y,
        arrows.right,
        arrows.down,
        color=ARROW_COLOUR,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.0035,
    )
    label = f"{arrows.longest or 1.0:.2g} px of the layer over T"
    axes.quiverkey(drawn, 0.8, 1.03, arrows.cell, label, labelpos="W", coordinates="axes")
    axes.set_title("drift $(u, v)\\,T$", loc="left")
    axes.set_axis_off()


def _finish(figure: Figure, axes: Axes, drawn: AxesImage, title: str) -> None:
    figure.colorbar(drawn, ax=axes, shrink=0.8)
    axes.set_title(title, loc="left")
    axes.set_axis_off()
