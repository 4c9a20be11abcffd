"""`restorebench datasets fetch`: download a data set from its authors, or say how to get it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_datasets
from .common_options import with_verbosity

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
    from ..terminal.download_bars import download_bars
    from .verified_copies import verdict

    if not names:
        raise UsageError("There is nothing to fetch: name data sets listed by `restorebench datasets`.")
    cards = [DATASETS.get(name).card for name in names]
    complete = True
    for card in cards:
        note(f"{card.name}: {card.title} (licence: {card.licence})")
        with download_bars() as bars:
            place = fetch_dataset(card, out, progress=bars.begin, note=bars.note)
        dataset = open_dataset(card.name, unpacked(place) if unpack else place)
        result = verify(dataset, decode=False, progress=RunProgress())
        complete = complete and result.complete
        print_lines([*verdict(result), f"use {card.name}={result.root}"])
    return 0 if complete else 1
