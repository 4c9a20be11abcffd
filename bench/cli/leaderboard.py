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
) -> None:
    """Make a static site: the report as front page, one page per data set, and one per model with its history.

    Of several runs with the same plan, the most complete is shown, and of these the latest. Different protocols or
    protocol versions never share a column.

    For example:
      restorebench leaderboard gpu-box/out laptop/out archive/2025 --out site

    Args:
        runs: Folders containing runs, at any depth, from any number of machines and months.
        out: Output folder of the site; an older site in it is replaced.
        protocol: Protocols to show, as in y@1 or y (default: all of the runs).
        gallery: Number of pictures per selection (worst, best, median, most disputed) and data set; 0 for none.
        title: Title of the front page.
    """
    from ...reports.page.site import write_site
    from ..runs.run import find_runs
    from ..terminal.display import note, print_text

    found = find_runs(*runs, protocols=protocol or ())
    page = write_site(found, out, gallery=gallery, title=title)
    note(f"{counted(len(found), 'run')} in the site; its front page:")
    print_text(shown_path(page))
