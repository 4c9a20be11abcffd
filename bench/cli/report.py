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
    complete: bool = False,
    dataset: Annotated[list[str] | None, Parameter(name=["--dataset", "-d"])] = None,
    run_code: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
) -> None:
    """Make an HTML report: leaderboard, pictures, per-image differences, cost, provenance.

    The report needs run folders only, and opens from disk without a network connection. Its pictures are chosen once
    per data set over all models; those that a run did not keep are named, or restored again with --complete.

    For example:
      restorebench report restorebench-out
      restorebench report gpu-box laptop --out comparison --title "Deraining, January"
      restorebench report restorebench-out --single-file --max-megabytes 8
      restorebench report restorebench-out --complete -d rain100h=/data/Rain100H

    Args:
        runs: Folders containing runs, at any depth.
        out: Output folder (default: `report` beside the data set folders of the first runs).
        protocol: Protocols to show side by side, as in y@1 or y (default: all of the runs).
        gallery: Number of pictures per selection (worst, best, median, most disputed, random) and data set; 0 for
            none.
        title: Title of the page.
        single_file: Write a single self-contained file, `report.html`, for sharing.
        max_megabytes: Maximum size of the pictures in a single file; the page states how many were omitted.
        complete: Restore the images again whose pictures are missing, by the model, weights and settings of each run.
            A picture is kept if it has the pixels that were scored, or scores alike: another processor rounds some
            pixels otherwise.
        dataset: NAME=ROOT of a data set that --complete does not find where it was measured. Repeatable.
        run_code: Model files that --complete may run, as `run -m` takes them: './mine.py:build[width=32]'.
    """
    from ...reports.page.page import write_report, write_single_file
    from ..errors import UsageError
    from ..runs.run import find_runs
    from ..terminal.display import RunProgress, note, print_text
    from .completion import Completion, complete_pictures

    if not complete and (dataset or run_code):
        raise UsageError("--dataset and --run-code belong to --complete: add it, or leave them out.")
    found = find_runs(*runs, protocols=protocol or ())
    if complete:
        complete_pictures(found, gallery, Completion(tuple(dataset or ()), tuple(run_code or ())), RunProgress())
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
