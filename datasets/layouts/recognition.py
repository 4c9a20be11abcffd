"""From the folder that a person gave to a recognised layout, or to a sentence that helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ...bench.contracts import DatasetCard
from ...bench.errors import DatasetError, RestorebenchError, UsageError, few
from .layout import Contents, Found, Layout

__all__ = ["Recogniser", "existing_folder", "split_folders"]

EMPTY = Contents({})
CHILDREN = 64
"""How many folders below the given one are looked at to find what was meant."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Tries the layouts of one data set."""

    card: DatasetCard
    layouts: Sequence[Layout]
    """In the order in which they are tried."""

    bases: Sequence[str] = ("",)
    """Where, relative to the given folder, a layout may begin: `test`, `test/Rain100H`."""

    def find(self, root: Path | None) -> Found:
        """The first layout that is there.

        Raises:
            UsageError: no root.
            DatasetError: it is not a folder, or holds no layout of this data set; the message says what is near.
        """
        folder = existing_folder(root, self.card)
        found = self._try(folder)
        if found is None:
            raise DatasetError(self._explain(folder))
        return found

    def _try(self, folder: Path) -> Found | None:
        attempts = (layout.find(folder / base) for base in self.bases for layout in self.layouts)
        return next((found for found in attempts if found is not None), None)

    def _is_copy(self, folder: Path) -> bool:
        """Whether a folder that nobody named is a copy; what is wrong inside it is not the user's concern."""
        try:
            return self._try(folder) is not None
        except RestorebenchError:
            return False

    def _explain(self, folder: Path) -> str:
        title, name = self.card.title, self.card.name
        near = next((place for place in _nearby(folder) if self._is_copy(place)), None)
        if near is not None:
            return f"{folder} is not a copy of {title}, but {near} is: give {name}={near}."
        half = self._half(folder)
        if half:
            return half
        holds = few(sorted(entry.name for entry in islice(folder.iterdir(), 1000)), 4)
        contents = f"it holds {holds}" if holds else "it is empty"
        return (
            f"{folder} is not a copy of {title} ({contents}): a copy has {' or '.join(self.card.layouts)}; "
            f"`restorebench datasets` says how to get one."
        )

    def _half(self, folder: Path) -> str:
        """What to say where a layout has only one side, or only empty folders."""
        places = ((layout, folder / base) for base in self.bases for layout in self.layouts)
        return next(filter(None, (self._lack(layout, base) for layout, base in places)), "")

    def _lack(self, layout: Layout, base: Path) -> str:
        sides = (layout.degraded, layout.target)
        if layout.degraded.where == layout.target.where:
            return ""
        contents = [side.read(base) for side in sides]
        if contents == [EMPTY, EMPTY]:
            return f"{base} has {sides[0].where} and {sides[1].where} without any image: copy {self.card.title} there."
        for side, content, other in zip(sides, contents, reversed(contents), strict=True):
            if content in (None, EMPTY) and other is not None and other.images:
                there = "is not there" if content is None else "holds no image"
                return f"{base / side.where} {there}, its counterpart is: copy those images of {self.card.title} too."
        return ""


def existing_folder(root: Path | None, card: DatasetCard) -> Path:
    """The root, if it is a folder.

    Raises:
        UsageError: there is no root.
        DatasetError: it does not exist, or is a file.
    """
    if root is None:
        raise UsageError(f"{card.title} needs the folder of its images: write {card.name}=FOLDER.")
    if root.is_file():
        raise DatasetError(f"{root} is a file: unpack it if it is an archive, and give the folder of {card.title}.")
    if not root.is_dir():
        parent = next((parent for parent in root.parents if parent.is_dir()), Path())
        entries = few(sorted(entry.name for entry in islice(parent.iterdir(), 1000)), 4) or "nothing"
        raise DatasetError(f"There is no folder {root}: {parent} exists and holds {entries}; correct the path.")
    return root


def _nearby(folder: Path) -> Iterator[Path]:
    """Folders that may have been meant: up to two levels up, then some below."""
    yield from islice(folder.absolute().parents, 2)
    children = _subfolders(folder)
    yield from children
    yield from islice((grandchild for child in children for grandchild in _subfolders(child)), CHILDREN)


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(islice((child for child in folder.iterdir() if child.is_dir()), CHILDREN))
    except OSError:
        return []


def split_folders(title: str) -> tuple[str, ...]:
    """Where a test set may begin below the given folder: in it, under its own name, or under `test`.

    >>> split_folders("Rain12")
    ('', 'Rain12', 'test/Rain12', 'Rain12/test')
    """
    return ("", title, f"test/{title}", f"{title}/test")
