"""`restorebench leaderboard`: a static site from any number of run folders."""

from __future__ import annotations

from pathlib import Path

from ..terminal.wording import counted

__all__ = ["leaderboard"]


def leaderboard(runs: list[Path], *, out: Path, gallery: int = 4, title: str = "Image restoration leaderboard") -> None:
    """A static site: the report as its front page, one page per data set, one per model with its history.

    Of runs with the same plan the most complete one is shown, of those the latest; numbers by different protocols
    or protocol versions never share a column.

    For example:
      restorebench leaderboard gpu-box/out laptop/out archive/2025 --out site

    Args:
        runs: Folders that hold runs, of any number of machines and months.
        out: Folder of the site; an older site in it is replaced.
        gallery: Pictures of each selection (worst, best, median, most disputed) per data set; 0 for none.
        title: Title of the front page.
    """
    from ...reports.page.site import write_site
    from ..runs.run import find_runs
    from ..terminal.display import note, print_text

    found = find_runs(*runs)
    page = write_site(found, out, gallery=gallery, title=title)
    note(f"{counted(len(found), 'run')} in the site; its front page:")
    print_text(str(page))
