"""`restorebench figure`: make figures for papers from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ..evaluation.completers import complete_protocols
from .common_options import with_verbosity
from .completers import complete_runs

__all__ = ["figure"]


@with_verbosity
def figure(
    kind: Literal["pareto", "perception", "violin", "strip", "scaling", "sweep"],
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    out: Path,
    dataset: str = "",
    protocol: Annotated[str | None, Parameter(name=["--protocol", "-p"], completer=complete_protocols)] = None,
    metric: str = "",
    cost: str = "",
    key: str = "",
    crop: tuple[int, int, int, int] | None = None,
    option: str = "",
    paper: Literal["ieee", "cvpr", "eccv", "neurips"] = "ieee",
    wide: bool = False,
    font: Literal["sans", "serif"] = "sans",
    caption: Annotated[bool, Parameter(negative="--no-caption")] = True,
) -> None:
    """Make figures for papers: one column wide, with selectable text, distinguishable without colour.

    `pareto` shows quality against cost, `perception` a perceptual metric against PSNR, `violin` the distribution over
    images, `strip` a magnified crop as restored by every model, `scaling` time against image size, `sweep` quality
    against an option of a model. No model is left out without a word: the caption names it and says why.

    For example:
      restorebench figure violin restorebench-out --out violin.pdf
      restorebench figure pareto restorebench-out --dataset gopro --cost "Params (M)" --out front.pdf
      restorebench figure strip restorebench-out --key norain-001 --crop 120 80 96 64 --paper cvpr --out strip.pdf
      restorebench figure sweep restorebench-out --option steps --paper neurips --font serif --out steps.pdf

    Args:
        kind: Kind of figure.
        runs: Folders containing runs, at any depth.
        out: Output file; its suffix sets the format: pdf, svg, eps, png.
        dataset: Name of the data set, if the runs have several.
        protocol: Protocol of the numbers, as in y@1 or y, if the runs have several.
        metric: Metric to plot (default: the first of the protocol; in `perception`, the first of LPIPS, DISTS and NIQE
            that was measured).
        cost: Cost on the axis of a Pareto plot, named as in tables (default: the first that was measured).
        key: Image shown in a strip (default: of those that all models have, the one on which they differ most).
        crop: Left, top, width and height of a strip's crop, in pixels (default: where the pictures differ most).
        option: Option on the axis of a sweep (default: the one with the most values).
        paper: Widths of columns and text; those of cvpr are also ICCV's and WACV's, those of neurips ICLR's.
        wide: Span the text instead of one column, as strips do anyway.
        font: Font of all text; serif looks like Times.
        caption: Write the caption below the figure (default), or print it instead.
    """
    from ...reports.figures import FigureOptions, draw_figure
    from ..runs.run import find_runs
    from ..terminal.display import note, print_text
    from ..terminal.paths import shown_path

    options = FigureOptions(dataset, metric, cost, key, crop, option, paper, wide, font, caption)
    drawn = draw_figure(find_runs(*runs, protocols=[protocol] if protocol else ()), kind, out, options)
    note(drawn.caption)
    print_text(shown_path(drawn.path))
