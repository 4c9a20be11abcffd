"""Figures for papers: one column wide, with selectable text, distinguishable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...bench.errors import UsageError, did_you_mean
from ...bench.runs.run import Run
from ..board.board import build_board
from .canvas import Figure, canvas, place_caption
from .paper import PAPERS, Font, PaperName
from .pareto import draw_pareto
from .perception import draw_perception
from .scaling import draw_scaling
from .selection import column_index
from .strip import draw_strip
from .sweep import draw_sweep
from .violin import draw_violin

__all__ = ["COLUMN_INCHES", "DrawnFigure", "FigureKind", "FigureOptions", "draw_figure"]

FigureKind = Literal["pareto", "perception", "strip", "violin", "scaling", "sweep"]
COLUMN_INCHES = PAPERS["ieee"].column
"""Width of a figure by default."""

PAGE_WIDE: frozenset[FigureKind] = frozenset({"strip"})
"""Kinds that span the text by default."""


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """Content of a figure."""

    dataset: str = ""
    """Name of the data set; optional if the runs have only one."""

    metric: str = ""
    """Metric to show; by default the first of the protocol, in `perception` the first perceptual one."""

    cost: str = ""
    """Cost, named as in tables: `Params (M)`; by default the first that was measured."""

    key: str = ""
    """Key of the image in a strip; by default the most disputed one of those that all models have."""

    crop: tuple[int, int, int, int] | None = None
    """Left, top, width and height in pixels; by default where the models' pictures differ most."""

    option: str = ""
    """Option of the models on the axis of a sweep; by default the one that varies."""

    paper: PaperName = "ieee"
    """Its text is as wide as that of this venue."""

    wide: bool = False
    """Whether the figure spans the text instead of a column; strips always do."""

    font: Font = "sans"
    caption: bool = True
    """Whether the caption stands below the figure."""

    @property
    def given(self) -> set[str]:
        """Names of the options of the content that are not left at their defaults."""
        named = {
            "dataset": self.dataset,
            "metric": self.metric,
            "cost": self.cost,
            "key": self.key,
            "crop": self.crop,
            "option": self.option,
        }
        return {name for name, value in named.items() if value}


USED: dict[FigureKind, frozenset[str]] = {
    "pareto": frozenset({"dataset", "metric", "cost"}),
    "perception": frozenset({"dataset", "metric"}),
    "violin": frozenset({"dataset", "metric"}),
    "strip": frozenset({"dataset", "metric", "key", "crop"}),
    "scaling": frozenset(),
    "sweep": frozenset({"dataset", "metric", "option"}),
}
"""Which options of the content each kind has."""


@dataclass(frozen=True, slots=True)
class DrawnFigure:
    """A figure on disk."""

    path: Path
    caption: str
    """What is shown, and which models are not and why."""


def draw_figure(runs: Sequence[Run], kind: FigureKind, out: Path, options: FigureOptions | None = None) -> DrawnFigure:
    """Draw a figure in the format given by the file's suffix: pdf, svg, eps, png.

    Raises:
        UsageError: an option has no meaning for this kind, the runs lack the data set, metric, cost or image, or the
            file format is unknown.
        ImageError: a picture of a strip is damaged.
        OSError: the file cannot be written.
    """
    chosen = options or FigureOptions()
    _refuse_unused(kind, chosen)
    paper = PAPERS[chosen.paper]
    with canvas(out, chosen.font) as figure:
        figure.set_figwidth(paper.page if chosen.wide or kind in PAGE_WIDE else paper.column)
        sentences = _draw(figure, runs, kind, chosen)
        if chosen.caption and kind not in PAGE_WIDE:
            place_caption(figure, sentences)
    return DrawnFigure(out, " ".join(sentences))


def _refuse_unused(kind: FigureKind, options: FigureOptions) -> None:
    if unused := options.given - USED[kind]:
        name = min(unused)
        owners = " or ".join(each for each, used in USED.items() if name in used)
        raise UsageError(f"--{name} has no meaning for a {kind} figure: leave it out, or draw {owners}.")


def _draw(figure: Figure, runs: Sequence[Run], kind: FigureKind, options: FigureOptions) -> list[str]:
    if kind == "scaling":
        return draw_scaling(figure, runs)
    one = options.metric if kind != "perception" else ""
    board = build_board(runs, [one] if one else ())
    index = column_index(board, options.dataset)
    if not board.columns[index].metrics:
        known = [metric for run in runs for metric in run.info.protocol.metrics]
        raise UsageError(f"No run has the metric {one!r}{did_you_mean(one, set(known))}")
    if kind == "pareto":
        return draw_pareto(figure, board, index, runs, options.cost)
    if kind == "perception":
        return draw_perception(figure, board, index, options.metric)
    if kind == "violin":
        return draw_violin(figure, board, index)
    if kind == "sweep":
        return draw_sweep(figure, board, index, options.option)
    return draw_strip(figure, board, index, options.key, options.crop)
