"""`restorebench figure`: figures for papers from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["figure"]


def figure(
    kind: Literal["pareto", "violin", "strip", "scaling"],
    runs: list[Path],
    *,
    out: Path,
    dataset: str = "",
    metric: str = "",
    cost: str = "",
    key: str = "",
    crop: tuple[int, int, int, int] | None = None,
) -> None:
    """Figures for papers: one column wide, text as text, distinguishable without colour.

    `pareto` is quality against cost, `violin` the distribution over images, `strip` one crop by every model,
    `scaling` time against size.

    For example:
      restorebench figure violin restorebench-out --out violin.pdf
      restorebench figure pareto restorebench-out --dataset gopro --cost "GMACs (conv)" --out front.pdf
      restorebench figure strip restorebench-out --key norain-001 --crop 120 80 96 64 --out strip.pdf

    Args:
        kind: Which figure.
        runs: Folders that hold runs.
        out: The file; its ending is the format: pdf, svg, eps, png.
        dataset: Name of the data set, where the runs have several.
        metric: The protocol's first one by default.
        cost: What a Pareto front is against, as tables print it; the first that was measured by default.
        key: The image that a strip shows; the one on which models differ most by default.
        crop: Left, top, width and height of a strip's crop, in pixels.
    """
    from ...reports.figures import FigureOptions, draw_figure
    from ..runs.run import find_runs
    from ..terminal.display import print_text

    options = FigureOptions(dataset, metric, cost, key, crop)
    print_text(str(draw_figure(find_runs(*runs), kind, out, options)))
