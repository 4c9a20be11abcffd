"""Figures for papers: one column wide, with selectable text, distinguishable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...bench.errors import UsageError, did_you_mean
from ...bench.runs.run import Run
from ..board.board import build_board
from .canvas import COLUMN_INCHES, canvas
from .pareto import draw_pareto
from .scaling import draw_scaling
from .selection import column_index
from .strip import draw_strip
from .sweep import draw_sweep
from .violin import draw_violin

__all__ = ["COLUMN_INCHES", "FigureKind", "FigureOptions", "draw_figure"]

FigureKind = Literal["pareto", "strip", "violin", "scaling", "sweep"]


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """Content of a figure."""

    dataset: str = ""
    """Name of the data set; optional if the runs have only one."""

    metric: str = ""
    """Metric to show; by default the first of the protocol."""

    cost: str = ""
    """Cost, named as in tables: `Params (M)`; by default the first that was measured."""

    key: str = ""
    """Key of the image in a strip; by default the most disputed one."""

    crop: tuple[int, int, int, int] | None = None
    """Left, top, width and height in pixels; by default the whole image."""

    option: str = ""
    """Option of the models on the axis of a sweep; by default the one that varies."""


def draw_figure(runs: Sequence[Run], kind: FigureKind, out: Path, options: FigureOptions | None = None) -> Path:
    """Draw a figure in the format given by the file's suffix: pdf, svg, eps, png.

    Raises:
        UsageError: the runs lack the data set, metric, cost or image, or the file format is unknown.
    """
    chosen = options or FigureOptions()
    if kind == "scaling":
        with canvas(out) as figure:
            draw_scaling(figure, runs)
        return out
    board = build_board(runs, [chosen.metric] if chosen.metric else ())
    index = column_index(board, chosen.dataset)
    if not board.columns[index].metrics:
        known = [metric for run in runs for metric in run.info.protocol.metrics]
        raise UsageError(f"No run has the metric {chosen.metric!r}{did_you_mean(chosen.metric, set(known))}")
    with canvas(out) as figure:
        if kind == "pareto":
            draw_pareto(figure, board, index, runs, chosen.cost)
        elif kind == "violin":
            draw_violin(figure, board, index)
        elif kind == "sweep":
            draw_sweep(figure, board, index, chosen.option)
        else:
            draw_strip(figure, board, index, chosen.key, chosen.crop)
    return out
