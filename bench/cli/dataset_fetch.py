"""`restorebench datasets fetch`: download a data set from its authors, or say how to get it."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_datasets
from .common_options import with_verbosity

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..models.downloads import DownloadProgress

__all__ = ["fetch"]


@with_verbosity
def fetch(
    *names: Annotated[str, Parameter(completer=complete_datasets)], out: Path = Path(), unpack: bool = False
) -> int:
    """Download data sets from their official addresses, where licence and server allow it; otherwise say what to do.

    An archive is read as it is, so that it need not be unpacked. Interrupted downloads are resumed. Afterwards every
    file is read and the pairs are counted, as by `datasets verify --quick`.

    For example:
      restorebench datasets fetch gopro --out /data
      restorebench datasets fetch kodak24 --out /data/Kodak24

    Exit code: 0, 1 if a copy is not complete, 2 if one cannot be fetched.

    Args:
        names: Data sets.
        out: Folder of the downloads.
        unpack: Also unpack archives, into folders beside them.
    """
    from ...datasets.copies.fetching import fetch_dataset
    from ...datasets.copies.fetching import unpack as unpacked
    from ...datasets.copies.verification import verify
    from ..datasets import DATASETS, open_dataset
    from ..errors import UsageError
    from ..terminal.display import RunProgress, note, print_lines
    from .verified_copies import verdict

    if not names:
        raise UsageError("There is nothing to fetch: name data sets listed by `restorebench datasets`.")
    cards = [DATASETS.get(name).card for name in names]
    complete = True
    for card in cards:
        note(f"{card.name}: {card.title} (licence: {card.licence})")
        with _bars() as progress:
            place = fetch_dataset(card, out, progress=progress, note=note)
        dataset = open_dataset(card.name, unpacked(place) if unpack else place)
        result = verify(dataset, decode=False, progress=RunProgress())
        complete = complete and result.complete
        print_lines([*verdict(result), f"use {card.name}={result.root}"])
    return 0 if complete else 1


@contextmanager
def _bars() -> Generator[Callable[[str], DownloadProgress] | None]:
    """A bar for each file on a terminal, otherwise nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from ..terminal.streams import new_console

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=new_console(stderr=True)) as bars:

        def begin(name: str) -> DownloadProgress:
            task = bars.add_task(name, total=None)

            def update(done: int, total: int | None) -> None:
                bars.update(task, completed=done, total=total)

            return update

        yield begin
