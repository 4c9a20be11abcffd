"""Run folders of one command: no two models or data sets may have the same one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from ..errors import UsageError
from ..runs.run import cell_name

__all__ = ["refuse_shared_folders", "takes_case_for_one"]


def refuse_shared_folders(what: str, names: Mapping[str, str], out: Path) -> None:
    """Refuse names whose run folders would be the same, before the first of them is measured.

    Args:
        what: how a message calls them: `models`.
        names: what was asked for, as it was written, to the name that its folder is made of.
        out: folder of all run folders; it need not exist.

    Raises:
        UsageError: two share a folder, or have folders that its file system takes for one.
    """
    fold = takes_case_for_one(out)
    taken: dict[str, str] = {}
    for written, name in names.items():
        folder = cell_name(name)
        place = unicodedata.normalize("NFC", folder).casefold() if fold else folder
        if place in taken:
            raise UsageError(
                f"The {what} {taken[place]} and {written} would have the same run folder {folder}: "
                "run them with two --out folders."
            )
        taken[place] = written


def takes_case_for_one(folder: Path) -> bool:
    """Whether the file system of a folder takes `Net` and `net` for one name, as those of Windows and macOS do.

    Asked of the nearest folder above that exists and has a letter in its name; without one, the answer is no.
    """
    for place in (folder.absolute(), *folder.absolute().parents):
        other = place.with_name(place.name.swapcase()) if place.name else place
        if place.exists() and other.name != place.name:
            return other.exists() and other.samefile(place)
    return False
