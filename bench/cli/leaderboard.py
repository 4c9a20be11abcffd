"""`restorebench leaderboard`: make a static site from any number of run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_protocols
from ..terminal.paths import shown_path
from ..terminal.wording import counted
from .common_options import with_verbosity
from .completers import complete_runs
from .output_folders import refuse_file_name

__all__ = ["leaderboard"]


@with_verbosity
def leaderboard(
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    out: Path,
    protocol: Annotated[
        list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = None,
    gallery: int = 4,
    title: str = "Image restoration leaderboard",
    rerun: Annotated[list[Path] | None, Parameter(consume_multiple=True)] = None,
    dataset: Annotated[list[str] | None, Parameter(name=["--dataset", "-d"])] = None,
) -> None:
    """Make a static site: the report as front page, one page per data set, and one per model with its history.

    Of several runs with the same plan, the most complete is shown, of these the most trusted, and of these the latest.
    Different protocols or protocol versions never share a column.

    Every result says what it rests on: it is claimed, re-scored from submitted images, or re-run by you. Images beside
    an archive are scored again where their data set is embedded or given with -d; an archive whose images give other
    values ends the command.

    For example:
      restorebench leaderboard gpu-box/out laptop/out archive/2025 --out site
      restorebench leaderboard submissions/*.zip --rerun my-runs -d gopro=/data/GoPro --out site

    Args:
        runs: Folders containing runs, at any depth, from any number of machines and months, and archives written by
            `submit`.
        out: Output folder of the site; an older site in it is replaced.
        protocol: Protocols to show, as in y@1 or y (default: all of the runs).
        gallery: Number of pictures per selection (worst, best, median, most disputed) and data set; 0 for none.
        title: Title of the front page.
        rerun: Folders of runs that you made yourself, in addition to others.
        dataset: NAME=ROOT of a data set, to score submitted images again. Repeatable.
    """
    from ...reports.page.site import write_site
    from ..terminal.display import note, print_text
    from .trusted_runs import trusted_runs

    refuse_file_name(out)
    found = trusted_runs(runs, rerun or (), dataset or (), protocol or ())
    page = write_site(found, out, gallery=gallery, title=title)
    note(f"{counted(len(found), 'run')} in the site; its front page:")
    print_text(shown_path(page))
