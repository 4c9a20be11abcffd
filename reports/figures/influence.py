"""Figure of the influence of input pixels: effective receptive field and local attribution, a row for each model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...bench.contracts import UInt8Image
from ...bench.models.attribution import Influence, Patch
from .canvas import Axes, canvas
from .paper import PAPERS

__all__ = ["Inspected", "draw_influence"]

DECADES = 4
"""Powers of ten below the largest influence that the map of the receptive field shows."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """One model's influence maps of an image."""

    title: str
    field: Influence
    """Effective receptive field."""

    attribution: Influence


def draw_influence(image: UInt8Image, inspected: Sequence[Inspected], out: Path) -> None:
    """Draw the image with the patch, the receptive field on a logarithmic scale, and the attribution over the image.

    Args:
        image: (H, W, 3), RGB.
        inspected: one row each.
        out: PNG, SVG or PDF.

    Raises:
        UsageError: the file has another suffix.
    """
    height, width, _ = image.shape
    across = PAPERS["ieee"].page
    panel = across / 3
    with canvas(out) as figure:
        figure.set_size_inches(across, len(inspected) * (panel * height / width + 0.35) + 0.1)
        grid = figure.subplots(len(inspected), 3, squeeze=False)
        for row, each in zip(grid, inspected, strict=True):
            _draw_image(row[0], image, each)
            _draw_field(row[1], each.field)
            _draw_attribution(row[2], image, each.attribution)


def _draw_image(axes: Axes, image: UInt8Image, each: Inspected) -> None:
    axes.imshow(image)
    _mark(axes, each.attribution.patch)
    axes.set_title(each.title, loc="left")
    axes.set_axis_off()


def _draw_field(axes: Axes, field: Influence) -> None:
    peak = float(field.shares.max())
    levels = np.log10(np.maximum(field.shares / peak, 10.0**-DECADES))
    drawn = axes.imshow(levels, cmap="magma", vmin=-DECADES, vmax=0)
    axes.set_title(f"receptive field: 90 % in {field.side(0.9)} px", loc="left")
    axes.set_axis_off()
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.75, ticks=range(-DECADES, 1, 2))
    bar.ax.set_yticklabels([f"1e{power}" if power else "1" for power in range(-DECADES, 1, 2)])


def _draw_attribution(axes: Axes, image: UInt8Image, attribution: Influence) -> None:
    """The image in grey, more orange the more a pixel counts; the scale ends at the 99.5th percentile."""
    grey = image.mean(axis=2, keepdims=True) / 255 * 0.6 + 0.4
    highest = float(np.percentile(attribution.shares, 99.5)) or float(attribution.shares.max())
    strength = np.sqrt(np.clip(attribution.shares / highest, 0, 1))[..., None]
    orange = np.array([0.835, 0.369, 0.0])
    axes.imshow(grey * (1 - strength) + orange * strength)
    _mark(axes, attribution.patch)
    axes.set_title(f"attribution: diffusion {attribution.diffusion:.1f}", loc="left")
    axes.set_axis_off()


def _mark(axes: Axes, patch: Patch) -> None:
    from matplotlib.patches import Rectangle

    corner = (patch.column - 0.5, patch.row - 0.5)
    axes.add_patch(Rectangle(corner, patch.side, patch.side, fill=False, edgecolor="#0072B2", linewidth=1.2))
