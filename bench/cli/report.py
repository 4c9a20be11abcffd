"""`restorebench report`: an HTML report from run folders."""

from __future__ import annotations

from pathlib import Path

__all__ = ["report"]


def report(
    runs: list[Path], *, out: Path | None = None, gallery: int = 4, title: str = "Image restoration report"
) -> None:
    """An HTML report: leaderboard, pictures, differences image by image, provenance.

    One folder that opens from the disk, without a network; made from run folders alone.

    For example:
      restorebench report restorebench-out
      restorebench report gpu-box laptop --out comparison --title "Deraining, January"

    Args:
        runs: Folders that hold runs.
        out: Folder of the report; `report` inside the first folder of runs by default.
        gallery: Pictures of each selection (worst, best, median, most disputed) per data set; 0 for none.
        title: Title of the page.
    """
    from ...reports.page import write_report
    from ..display import note, print_text
    from ..runs import find_runs

    found = find_runs(*runs)
    page = write_report(found, out or runs[0] / "report", gallery=gallery, title=title)
    note(f"{len(found)} runs drawn; open this file in a browser:")
    print_text(str(page))
