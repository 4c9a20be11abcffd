"""Drawing of a physics layer's fields for one image."""

# matplotlib types the keyword arguments of its drawing functions as unknown:
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...bench.contracts import UInt8Image
from ...bench.errors import UsageError
from ...bench.files.figures import save_figure
from ...bench.models.physics.maps import FieldMaps, Map, coarse

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

__all__ = ["ARROW_COLOUR", "SEQUENTIAL", "SIGNED", "Arrows", "draw_fields", "drift_arrows", "highest_diffusivity"]

ARROWS = 28
"""Maximum number of arrows along the longer side."""

ARROW_COLOUR = "#d8352a"
SEQUENTIAL, SIGNED = "viridis", "RdBu_r"
"""matplotlib colour maps of diffusivities and of the source."""

FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class Arrows:
    """Displacements over T, one per cell of a coarse grid over an image; every array is (rows, columns)."""

    x: Map
    y: Map
    """Start points, in pixels of the image."""

    right: Map
    down: Map
    """Drawn components, in pixels of the image; the longest arrow is as long as a cell is wide."""

    cell: float
    """Width of a grid cell, in pixels of the image."""

    longest: float
    """Longest displacement, in pixels of the layer."""


def drift_arrows(maps: FieldMaps, height: int, width: int) -> Arrows:
    """Compute arrows of the drift (u, v) T over an image of this size."""
    every = max(1, -(-max(maps.u.shape) // ARROWS))
    right, down = (coarse(each * maps.time, every) for each in (maps.u, maps.v))
    rows, columns = right.shape
    x = np.tile((np.arange(columns, dtype=np.float64) + 0.5) * width / columns, (rows, 1))
    y = np.tile((np.arange(rows, dtype=np.float64) + 0.5) * height / rows, (columns, 1)).T
    longest = float(np.hypot(right, down).max())
    unit = width / columns / (longest or 1.0)
    return Arrows(x, y, right * unit, down * unit, width / columns, longest)


def highest_diffusivity(maps: FieldMaps) -> float:
    """Upper end of the common scale of both diffusivities, which starts at 0."""
    return float(max(maps.dx.max(), maps.dy.max()))


def draw_fields(maps: FieldMaps, image: UInt8Image, path: Path, *, title: str = "") -> None:
    """Draw velocities as arrows over the image, both diffusivities, and the source.

    Args:
        maps: fields of the image.
        image: (H, W, 3), RGB.
        path: output file: PNG, SVG or PDF; missing folders are created.
        title: title above the drawing.

    Raises:
        UsageError: the file has a different suffix.
    """
    from matplotlib.figure import Figure  # without pyplot, no display is needed

    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"{path} is not a PNG, SVG or PDF file: choose one of these suffixes.")
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
    save_figure(figure, path, dpi=140)


def _draw_velocity(axes: Axes, image: UInt8Image, maps: FieldMaps) -> None:
    """Draw arrows over the paler image, with a key to their length."""
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
