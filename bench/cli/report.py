"""`restorebench report`: make an HTML report from run folders."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import RunFolderError, UsageError
from ..evaluation.completers import complete_datasets, complete_protocols
from ..terminal.paths import shown_path
from ..terminal.wording import counted
from .common_options import with_verbosity
from .completers import complete_runs
from .option_owners import refuse_without
from .output_folders import refuse_file_name

if TYPE_CHECKING:
    from ...reports.page.live import LiveReport

__all__ = ["report"]

POLL_SECONDS = 0.5

MEGABYTES = 20.0
"""Of pictures in a single file: what a mail still carries."""


@with_verbosity
def report(
    runs: Annotated[list[Path], Parameter(completer=complete_runs)],
    *,
    out: Path | None = None,
    protocol: Annotated[
        list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = None,
    gallery: int = 4,
    title: str = "Image restoration report",
    single_file: bool = False,
    max_megabytes: float | None = None,
    watch: bool = False,
    port: int | None = None,
    complete: bool = False,
    dataset: Annotated[list[str] | None, Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = None,
    run_code: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
) -> None:
    """Make an HTML report: leaderboard, pictures, per-image differences, cost, provenance.

    The report needs run folders only, and opens from disk without a network connection. Its pictures are chosen once
    per data set over all models; those that a run did not keep are named, or restored again with --complete.

    For example:
      restorebench report restorebench-out
      restorebench report gpu-box laptop --out comparison --title "Deraining, January"
      restorebench report restorebench-out --single-file --max-megabytes 8
      restorebench report restorebench-out --watch
      restorebench report restorebench-out --complete -d rain100h=/data/Rain100H

    Args:
        runs: Folders containing runs, at any depth.
        out: Output folder (default: `report` beside the data set folders of the first runs).
        protocol: Protocols to show side by side, as in y@1 or y (default: all of the runs).
        gallery: Number of pictures per selection (worst, best, median, most disputed, random) and data set; 0 for
            none.
        title: Title of the page.
        single_file: Write a single self-contained file, `report.html`, for sharing.
        max_megabytes: Maximum size of the pictures in a single file; the page states how many were omitted (default:
            20).
        watch: Serve the page on this machine and keep it up to date while runs go on, until Ctrl-C.
        port: Port of the page with `--watch` (default: any free one).
        complete: Restore the images again whose pictures are missing, by the model, weights and settings of each run.
            A picture is kept if it has the pixels that were scored, or scores alike: another processor rounds some
            pixels otherwise.
        dataset: NAME=ROOT of a data set that --complete does not find where it was measured. Repeatable.
        run_code: Model files that --complete may run, as `run -m` takes them: './mine.py:build[width=32]'.
    """
    if watch and single_file:
        raise UsageError("--watch serves a folder: leave out --single-file, and make that file when the runs are done.")
    refuse_without("--watch", {"--port": port is not None}, given=watch)
    refuse_without("--single-file", {"--max-megabytes": max_megabytes is not None}, given=single_file)
    refuse_without("--complete", {"--dataset": bool(dataset), "--run-code": bool(run_code)}, given=complete)
    if watch and complete:
        raise UsageError("--watch restores nothing: leave out --complete, or use it when the runs are done.")
    refuse_file_name(out)
    if gallery < 0:
        raise UsageError(f"--gallery is {gallery}, but must be 0 (no pictures) or more.")
    if watch:
        from ...reports.page.live import LiveReport

        folder = out or _folder_beside(runs[0])
        _follow(LiveReport(runs, folder, protocols=protocol or (), gallery=gallery, title=title), folder, port or 0)
        return
    from ...reports.page.page import write_report, write_single_file
    from ..runs.run import find_runs
    from ..terminal.display import RunProgress, note, print_text
    from .picture_completion import Completion, complete_pictures

    found = find_runs(*runs, protocols=protocol or ())
    if complete:
        complete_pictures(found, gallery, Completion(tuple(dataset or ()), tuple(run_code or ())), RunProgress())
    folder = out or _folder_beside(runs[0])
    if single_file:
        page = folder / "report.html"
        megabytes = MEGABYTES if max_megabytes is None else max_megabytes
        left = write_single_file(found, page, gallery=gallery, title=title, max_megabytes=megabytes)
        note(
            f"{counted(len(found), 'run')} included, {counted(left, 'picture')} omitted to limit the size; "
            "open this file in a browser:"
        )
    else:
        page = write_report(found, folder, gallery=gallery, title=title)
        note(f"{counted(len(found), 'run')} included; open this file in a browser:")
    print_text(shown_path(page))


def _folder_beside(root: Path) -> Path:
    """Folder of the report of runs that may not have begun."""
    from ..runs.run import find_runs

    try:
        return find_runs(root)[0].path.parent.parent / "report"
    except RunFolderError:
        return root / "report"


def _follow(live: LiveReport, folder: Path, port: int) -> None:
    """Serve the report until Ctrl-C; runs need not have begun."""
    from ...reports.page.live import serving
    from ..terminal.display import note, print_text

    for root in live.roots:
        if not root.is_dir():
            note(f"There is no folder {root} yet: the report waits for its first run.")
    live.refresh()
    try:
        with serving(folder, port) as address:
            note("Following the runs until Ctrl-C; open this address in a browser on this machine:")
            print_text(address)
            problem = ""
            while True:
                time.sleep(POLL_SECONDS)
                try:
                    live.refresh()
                    problem = ""
                except (RunFolderError, OSError) as error:
                    if str(error) != problem:
                        note(f"{error} The page shows what it showed before.")
                    problem = str(error)
    except KeyboardInterrupt:
        page = live.finish()
        note(f"stopped; the report stays at {shown_path(page)}" if page else "stopped; no run had begun")
