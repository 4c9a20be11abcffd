"""A bar for each file that is downloaded, on a terminal that wants to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from .display import note
from .streams import new_console
from .verbosity import verbosity

__all__ = ["DownloadBars", "download_bars"]


@dataclass(frozen=True, slots=True)
class DownloadBars:
    """What the bars are told."""

    begin: Callable[[str], Callable[[int, int | None], None]] | None
    """Begins the bar of a file with a name, and returns what is told the bytes so far and in all; `None` without bars.
    """

    note: Callable[[str], None]
    """Prints a sentence above the bars."""


@contextmanager
def download_bars() -> Generator[DownloadBars]:
    """Show bars for the time of the block, unless standard error is no terminal or `--quiet` was given."""
    if verbosity().quiet or not sys.stderr.isatty():
        yield DownloadBars(None, note)
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=new_console(stderr=True)) as bars:

        def begin(name: str) -> Callable[[int, int | None], None]:
            task = bars.add_task(name, total=None)

            def update(done: int, total: int | None) -> None:
                bars.update(task, completed=done, total=total)

            return update

        yield DownloadBars(begin, bars.log)
