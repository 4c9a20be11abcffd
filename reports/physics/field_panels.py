"""Drawings of physics fields for the pictures of a report.

The drift is an SVG of arrows laid over the picture; diffusivities and source are PNGs with one pixel per cell of the
layer, which the page enlarges. Labels and scales belong to the page, so that they follow its colour scheme, width and
font size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...bench.contracts import JsonValue, UInt8Image
from ...bench.files.atomic import write_atomic
from ...bench.files.images import encode_png
from ...bench.models.physics.maps import FieldMaps, Map, load_fields
from .fields import ARROW_COLOUR, SEQUENTIAL, SIGNED, Arrows, drift_arrows, highest_diffusivity

__all__ = ["FieldPanels", "arrows_svg", "draw_panels", "paint"]

BARB, SPREAD = 0.35, np.deg2rad(25.0)
"""Length of an arrow's two barbs relative to its shaft, and their angle to it."""

SHAFT, HALO = 0.08, 0.2
"""Widths of an arrow and of the white halo under it, relative to the grid's cells."""


@dataclass(frozen=True, slots=True)
class FieldPanels:
    """Drawings of one model's fields for one image."""

    files: Mapping[str, Path]
    """Files of `drift`, `dx`, `dy` and `source`."""

    facts: Mapping[str, JsonValue]
    """Values for the labels: `steps`, `time`, `untrained`, the `cells` across and down, the longest `drift` over T in
    pixels of the layer, and the range of `dx`, `dy` and `source`."""


def draw_panels(path: Path, width: int, height: int, stem: Path) -> FieldPanels:
    """Draw the fields that a run kept for one image.

    Args:
        path: file of the fields.
        width: width of the image in pixels.
        height: height of the image in pixels.
        stem: prefix of the output paths; missing folders are created.

    Raises:
        RunFolderError: the fields are damaged.
    """
    maps = load_fields(path)
    arrows, highest, largest = drift_arrows(maps, height, width), highest_diffusivity(maps), np.abs(maps.source).max()
    contents = {
        "drift.svg": arrows_svg(arrows, width, height).encode(),
        "dx.png": encode_png(paint(maps.dx, 0, highest, SEQUENTIAL)),
        "dy.png": encode_png(paint(maps.dy, 0, highest, SEQUENTIAL)),
        "source.png": encode_png(paint(maps.source, -largest, largest, SIGNED)),
    }
    files = {name.partition(".")[0]: stem.with_name(f"{stem.name}-{name}") for name in contents}
    for place, content in zip(files.values(), contents.values(), strict=True):
        write_atomic(place, content)
    return FieldPanels(files, _facts(maps, arrows))


def arrows_svg(arrows: Arrows, width: int, height: int) -> str:
    """Draw arrows to lay over an image of this size, with a dot where nothing moves."""
    shafts = arrows.right + 1j * arrows.down
    turn = np.exp(1j * SPREAD)
    strokes = np.stack([arrows.x + 1j * arrows.y, shafts, -BARB * shafts * turn, -BARB * shafts / turn], axis=-1)
    path = "".join(
        f"M{_pair(start)}l{_pair(shaft)}l{_pair(one)}m{_pair(-one)}l{_pair(other)}"
        for start, shaft, one, other in strokes.reshape(-1, 4)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'fill="none" stroke-linecap="round" stroke-linejoin="round"><defs><path id="a" d="{path}"/></defs>'
        f'<use href="#a" stroke="#fff" stroke-width="{HALO * arrows.cell:.2f}"/>'
        f'<use href="#a" stroke="{ARROW_COLOUR}" stroke-width="{SHAFT * arrows.cell:.2f}"/></svg>\n'
    )


def paint(field: Map, low: float, high: float, colours: str) -> UInt8Image:
    """Map values from `low` to `high` to colours (h, w, 3) of a matplotlib colour map."""
    from matplotlib import colormaps

    relative = (field - low) / ((high - low) or 1)
    return np.ascontiguousarray(colormaps[colours](relative, bytes=True)[..., :3], dtype=np.uint8)


def _facts(maps: FieldMaps, arrows: Arrows) -> dict[str, JsonValue]:
    rows, columns = maps.u.shape
    ranges = {"dx": maps.dx, "dy": maps.dy, "source": maps.source}
    return {
        "steps": maps.steps,
        "time": maps.time,
        "untrained": maps.untrained,
        "cells": [columns, rows],
        "drift": _short(arrows.longest),
        **{name: [_short(field.min()), _short(field.max())] for name, field in ranges.items()},
    }


def _pair(point: complex) -> str:
    return f"{round(point.real, 2) + 0:g} {round(point.imag, 2) + 0:g}"  # + 0 makes a plain zero of a negative one


def _short(value: float) -> float:
    return float(f"{value:.3g}")
