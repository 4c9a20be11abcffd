"""One image of a run as a drawing: degraded, restored, target, and the error with its scale."""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..contracts import UInt8Image
from ..metrics.metric import MetricFacts
from ..notebook.panel import number
from .records import ScoreRecord

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["draw_image"]

DPI = 100
TITLE_INCHES = 0.42
COLOURS = "magma"
"""Perceptually uniform, and black where there is no error."""


def draw_image(
    pictures: Mapping[str, UInt8Image], record: ScoreRecord, facts: Mapping[str, MetricFacts], title: str, width: int
) -> Image:
    """Draw one image of a run.

    Args:
        pictures: `degraded`, `restored` and `target`, (H, W, 3) RGB each, of one size.
        record: of the image.
        facts: by metric.
        title: of the model.
        width: of the drawing, in pixels.
    """
    import numpy as np
    from PIL import Image

    error = np.abs(pictures["restored"].astype(np.float32) - pictures["target"].astype(np.float32)).mean(axis=2)
    scores = ", ".join(
        f"{facts[name].title} {number(value, facts[name].digits)}"
        for name, value in record.metrics.items()
        if value is not None and name in facts
    )
    titles = {"degraded": "Degraded", "restored": f"{title}\n{scores}", "target": "Target"}
    buffer = io.BytesIO()
    shown = [(titles[role], pictures[role]) for role in titles]
    _figure(shown, error, record.key, width).savefig(buffer, format="png", dpi=DPI)
    with Image.open(buffer) as image:
        return image.convert("RGB")


def _figure(pictures: list[tuple[str, UInt8Image]], error: Any, key: str, width: int) -> Any:
    """The pictures in a row, and the mean error of the channels in grey levels."""
    from matplotlib.figure import Figure

    library: Any = importlib.import_module("matplotlib")
    library.use("Agg")
    height, wide = error.shape
    inches = width / DPI
    with library.rc_context({"text.parse_math": False}):
        figure: Any = Figure(figsize=(inches, inches / 4.3 * height / wide + 2 * TITLE_INCHES), layout="constrained")
        figure.suptitle(key, fontsize=9)
        grid = figure.subplots(1, len(pictures) + 1)
        for axes, (title, pixels) in zip(grid, pictures, strict=False):
            axes.imshow(pixels, interpolation="nearest")
            axes.set_title(title, fontsize=8)
        drawn = grid[-1].imshow(error, cmap=COLOURS, vmin=0, interpolation="nearest")
        grid[-1].set_title("|output - target|, grey levels", fontsize=8)
        figure.colorbar(drawn, ax=grid[-1], fraction=0.05, pad=0.02).ax.tick_params(labelsize=7)
        for axes in grid:
            axes.set_axis_off()
    return figure
