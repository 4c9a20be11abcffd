"""`restorebench figure`: make figures for papers from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["figure"]


def figure(
    kind: Literal["pareto", "violin", "strip", "scaling", "sweep"],
    runs: list[Path],
    *,
    out: Path,
    dataset: str = "",
    protocol: Annotated[str | None, Parameter(name=["--protocol", "-p"])] = None,
    metric: str = "",
    cost: str = "",
    key: str = "",
    crop: tuple[int, int, int, int] | None = None,
    option: str = "",
) -> None:
    """Make figures for papers: one column wide, with selectable text, distinguishable without colour.

    `pareto` shows quality against cost, `violin` the distribution over images, `strip` one crop as restored by every
    model, `scaling` time against image size, `sweep` quality against an option of a model.

    For example:
      restorebench figure violin restorebench-out --out violin.pdf
      restorebench figure pareto restorebench-out --dataset gopro --cost "GMACs (conv)" --out front.pdf
      restorebench figure strip restorebench-out --key norain-001 --crop 120 80 96 64 --out strip.pdf
      restorebench figure sweep restorebench-out --option steps --out steps.pdf

    Args:
        kind: Kind of figure.
        runs: Folders containing runs.
        out: Output file; its suffix sets the format: pdf, svg, eps, png.
        dataset: Name of the data set, if the runs have several.
        protocol: Protocol of the numbers, as in y@1 or y, if the runs have several.
        metric: Metric to plot (default: the first of the protocol).
        cost: Cost on the axis of a Pareto plot, named as in tables (default: the first that was measured).
        key: Image shown in a strip (default: the one on which models differ most).
        crop: Left, top, width and height of a strip's crop, in pixels.
        option: Option on the axis of a sweep (default: the one with the most values).
    """
    from ...reports.figures import FigureOptions, draw_figure
    from ..runs.run import find_runs
    from ..terminal.display import print_text

    options = FigureOptions(dataset, metric, cost, key, crop, option)
    print_text(str(draw_figure(find_runs(*runs, protocols=[protocol] if protocol else ()), kind, out, options)))
