"""`restorebench report`: make an HTML report from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..terminal.wording import counted

__all__ = ["report"]


def report(
    runs: list[Path],
    *,
    out: Path | None = None,
    protocol: Annotated[list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True)] = None,
    gallery: int = 4,
    title: str = "Image restoration report",
    single_file: bool = False,
    max_megabytes: float = 20.0,
) -> None:
    """Make an HTML report: leaderboard, pictures, per-image differences, cost, provenance.

    The report needs run folders only, and opens from disk without a network connection.

    For example:
      restorebench report restorebench-out
      restorebench report gpu-box laptop --out comparison --title "Deraining, January"
      restorebench report restorebench-out --single-file --max-megabytes 8

    Args:
        runs: Folders containing runs.
        out: Output folder (default: `report` beside the data set folders of the first runs).
        protocol: Protocols to show side by side, as in y@1 or y (default: all of the runs).
        gallery: Number of pictures per selection (worst, best, median, most disputed) and data set; 0 for none.
        title: Title of the page.
        single_file: Write a single self-contained file, `report.html`, for sharing.
        max_megabytes: Maximum size of the pictures in a single file; the page states how many were omitted.
    """
    from ...reports.page.page import write_report, write_single_file
    from ..runs.run import find_runs
    from ..terminal.display import note, print_text

    found = find_runs(*runs, protocols=protocol or ())
    folder = out or find_runs(runs[0])[0].path.parent.parent / "report"
    if single_file:
        page = folder / "report.html"
        left = write_single_file(found, page, gallery=gallery, title=title, max_megabytes=max_megabytes)
        note(
            f"{counted(len(found), 'run')} included, {counted(left, 'picture')} omitted to limit the size; "
            "open this file in a browser:"
        )
    else:
        page = write_report(found, folder, gallery=gallery, title=title)
        note(f"{counted(len(found), 'run')} included; open this file in a browser:")
    print_text(str(page))
