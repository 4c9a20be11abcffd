"""`restorebench report`: an HTML report from run folders."""

from __future__ import annotations

from pathlib import Path

from ..terminal.wording import counted

__all__ = ["report"]


def report(
    runs: list[Path],
    *,
    out: Path | None = None,
    gallery: int = 4,
    title: str = "Image restoration report",
    single_file: bool = False,
    max_megabytes: float = 20.0,
) -> None:
    """An HTML report: leaderboard, pictures, differences image by image, cost, provenance.

    It opens from the disk, without a network, and is made from run folders alone.

    For example:
      restorebench report restorebench-out
      restorebench report gpu-box laptop --out comparison --title "Deraining, January"
      restorebench report restorebench-out --single-file --max-megabytes 8

    Args:
        runs: Folders that hold runs.
        out: Folder of the report; `report` beside the data sets of the first folder of runs by default.
        gallery: Pictures of each selection (worst, best, median, most disputed) per data set; 0 for none.
        title: Title of the page.
        single_file: Write one file, `report.html`, with everything inside, for mailing.
        max_megabytes: How much room pictures may take in a single file; the page says how many were left out.
    """
    from ...reports.page.page import write_report, write_single_file
    from ..runs.run import find_runs
    from ..terminal.display import note, print_text

    found = find_runs(*runs)
    folder = out or find_runs(runs[0])[0].path.parent.parent / "report"
    if single_file:
        page = folder / "report.html"
        left = write_single_file(found, page, gallery=gallery, title=title, max_megabytes=max_megabytes)
        note(
            f"{counted(len(found), 'run')} drawn, {counted(left, 'picture')} left out for lack of room; "
            "open this file in a browser:"
        )
    else:
        page = write_report(found, folder, gallery=gallery, title=title)
        note(f"{counted(len(found), 'run')} drawn; open this file in a browser:")
    print_text(str(page))
