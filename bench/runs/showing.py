"""How a run looks in a notebook, and one of its images as a drawing: degraded, restored, target, and the error."""

from __future__ import annotations

import importlib
import io
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..contracts import UInt8Image
from ..errors import RunFolderError, UnknownNameError, few
from ..files.images import decode_image
from ..metrics.metric import MetricFacts
from ..terminal.panels import Panel, Shown, count, number
from .info import RunInfo
from .records import ScoreRecord
from .summary import Summary

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ShownRun", "draw_image"]

ROLES = ("degraded", "restored", "target")
"""The pictures of one image."""


DPI = 100
TITLE_INCHES = 0.42
COLOURS = "magma"
"""Perceptually uniform, and black where there is no error."""


class ShownRun(Shown):
    """How a run shows itself and its images; `Run` has the rest."""

    path: Path
    info: RunInfo
    records: tuple[ScoreRecord, ...]
    known_summary: Summary | None

    @property
    @abstractmethod
    def metric_facts(self) -> Mapping[str, MetricFacts]:
        """What is known of each metric."""

    @abstractmethod
    def picture_paths(self, key: str) -> dict[str, Path]:
        """The pictures that were kept of an image, by role: `degraded`, `restored`, `target`."""

    def show(self, key: str, *, width: int = 1600) -> Image:
        """Draw one image: degraded, restored and target with the scores, and the error.

        Args:
            key: of an image whose picture the run kept.
            width: of the drawing, in pixels.

        Returns:
            A picture of PIL, which notebooks show and `save` writes.

        Raises:
            UnknownNameError: the run has no such image; the message suggests the nearest keys.
            RunFolderError: it kept no picture of it.
            ImageError: a picture is damaged.
        """
        records = {record.key: record for record in self.records}
        if key not in records:
            raise UnknownNameError("image", key, records, hint=f"(images of {self.path})")
        pictures = self._pictures(key)
        if pictures.keys() != set(ROLES):
            kept = [each for each in records if "restored" in self.picture_paths(each)]
            others = f"it has those of {few(kept)}" if kept else "it kept none"
            raise RunFolderError(
                f"{self.path} lacks the pictures of {key!r} ({others}): evaluate again with save_images='all'."
            )
        if len({pixels.shape for pixels in pictures.values()}) > 1:
            raise RunFolderError(f"The pictures of {key!r} in {self.path} differ in size: run the model again.")
        title = self.info.model.title or self.info.plan.model
        return draw_image(pictures, records[key], self.metric_facts, title, width)

    def _pictures(self, key: str) -> dict[str, UInt8Image]:
        return {role: decode_image(path, str(path)) for role, path in self.picture_paths(key).items()}

    def _panel(self) -> Panel:
        plan, facts, summary = self.info.plan, self.metric_facts, self.known_summary or self.info.summary
        means = {} if summary is None else {name: each for name, each in summary.metrics.items() if name in facts}
        line = f"Run: {plan.model} on {plan.dataset} by {plan.protocol}, {count(len(self.records), 'image')}"
        numbers = [f"{facts[name].title} {number(each.mean, facts[name].digits)}" for name, each in means.items()]
        rows = [
            (
                facts[name].heading,
                number(each.mean, facts[name].digits),
                *(number(end, facts[name].finer) for end in (each.low, each.high)),
                str(each.n),
            )
            for name, each in means.items()
        ]
        columns = ("metric", "mean", "low", "high", "images")
        return Panel(", ".join((line, *numbers)), columns, rows, (str(self.path),))

    def _repr_html_(self) -> str:
        """The table, with the first picture that was kept."""
        keys = (record.key for record in self.records)
        shown = next((key for key in keys if "restored" in self.picture_paths(key)), "")
        pictures = self._pictures(shown) if shown else {}
        named = tuple((f"{role}, {shown}", pixels) for role, pixels in pictures.items())
        return replace(self._panel(), pictures=named).html()


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
