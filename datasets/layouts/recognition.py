"""Recognition of the layout of a given folder, with helpful errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ...bench.contracts import DatasetCard
from ...bench.errors import DatasetError, RestorebenchError, UsageError, few
from ...bench.files.archives import ArchivePath, is_archive, within_archive
from .layout import Contents, Found, Layout

__all__ = ["Recogniser", "existing_folder", "split_folders"]

EMPTY = Contents({})
PACKED = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
CHILDREN = 64
"""Maximum number of subfolders searched for a copy to suggest."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Recogniser of the layouts of one data set."""

    card: DatasetCard
    layouts: Sequence[Layout]
    """Layouts in the order in which they are tried."""

    bases: Sequence[str] = ("",)
    """Possible roots of a layout, relative to the given folder: `test`, `test/Rain100H`."""

    def find(self, root: Path | None) -> Found:
        """Find the first matching layout.

        Raises:
            UsageError: no root was given.
            DatasetError: the root is not a folder, or has no layout of this data set; the message suggests a fix.
        """
        folder = existing_folder(root, self.card)
        found = self._try(folder)
        if found is None:
            raise DatasetError(self._explain(folder))
        return found

    def _try(self, folder: Path) -> Found | None:
        """Look in the folder; in an archive, which nobody can step into, also in the one folder that holds all else."""
        inside = folder.only_folders() if isinstance(folder, ArchivePath) else ()
        attempts = (
            layout.find(place / base) for place in (folder, *inside) for base in self.bases for layout in self.layouts
        )
        return next((found for found in attempts if found is not None), None)

    def _is_copy(self, folder: Path) -> bool:
        """Whether a folder is a copy; errors inside it are ignored, since the user did not name it."""
        try:
            return self._try(folder) is not None
        except RestorebenchError:
            return False

    def _explain(self, folder: Path) -> str:
        title, name = self.card.title, self.card.name
        inner = _only_archives(folder)
        if inner:
            return f"{folder} holds {few(inner, 4)}, and no image of {title}: unpack it, and give {name}={inner[0]}."
        near = next((place for place in _nearby(folder) if self._is_copy(place)), None)
        if near is not None:
            return f"{folder} is not a copy of {title}, but {near} is: give {name}={near}."
        half = self._half(folder)
        if half:
            return half
        names = few(sorted(entry.name for entry in islice(folder.iterdir(), 1000)), 4)
        contents = f"it contains {names}" if names else "it is empty"
        return (
            f"{folder} is not a copy of {title} ({contents}): a copy has {' or '.join(self.card.layouts)}; "
            f"`restorebench datasets show {name}` explains how to get one."
        )

    def _half(self, folder: Path) -> str:
        """Message about a layout with only one side, or with empty folders; `""` if there is none."""
        places = ((layout, folder / base) for base in self.bases for layout in self.layouts)
        return next(filter(None, (self._lack(layout, base) for layout, base in places)), "")

    def _lack(self, layout: Layout, base: Path) -> str:
        sides = (layout.degraded, layout.target)
        if layout.degraded.where == layout.target.where:
            return ""
        contents = [side.read(base) for side in sides]
        if contents == [EMPTY, EMPTY]:
            return f"{base} has empty folders {sides[0].where} and {sides[1].where}: copy {self.card.title} there."
        for side, content, other in zip(sides, contents, reversed(contents), strict=True):
            if content in (None, EMPTY) and other is not None and other.images:
                problem = "does not exist" if content is None else "contains no images"
                return (
                    f"{base / side.where} {problem}, but the other images of the pairs exist: copy these images of "
                    f"{self.card.title} too."
                )
        return ""


def existing_folder(root: Path | None, card: DatasetCard) -> Path:
    """Check that the root is a folder, and return it.

    Raises:
        UsageError: no root was given.
        DatasetError: the root does not exist, or is a file.
    """
    if root is None:
        raise UsageError(f"{card.title} needs the folder of its images: write {card.name}=FOLDER.")
    if root.is_file():
        raise DatasetError(
            f"{root} is a file: give the folder of {card.title}, or its .zip, .tar or .tar.gz archive; unpack others."
        )
    if not root.is_dir():
        parent = next((parent for parent in root.parents if parent.is_dir()), Path())
        entries = few(sorted(entry.name for entry in islice(parent.iterdir(), 1000)), 4) or "nothing"
        raise DatasetError(f"There is no folder {root}: {parent} exists and contains {entries}; correct the path.")
    return root


def _nearby(folder: Path) -> Iterator[Path]:
    """Candidate folders to suggest: up to two levels up, then some below."""
    yield from islice(folder.absolute().parents, 2)
    children = _subfolders(folder)
    yield from children
    yield from _archives(folder)
    yield from islice((grandchild for child in children for grandchild in _subfolders(child)), CHILDREN)


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(islice((child for child in folder.iterdir() if child.is_dir()), CHILDREN))
    except OSError:
        return []


def _only_archives(folder: Path) -> list[str]:
    """Names of the archives in an archive that holds nothing else, as a folder that a browser downloads may."""
    if not isinstance(folder, ArchivePath):
        return []
    names = sorted(entry.name for entry in islice(folder.iterdir(), CHILDREN))
    return names if all(name.lower().endswith(PACKED) for name in names) else []


def _archives(folder: Path) -> list[Path]:
    """Archives in a folder that are quick to list; a compressed tar would have to be read to its end."""
    if isinstance(folder, ArchivePath):
        return []
    try:
        files = islice((child for child in folder.iterdir() if child.suffix in {".zip", ".tar"}), CHILDREN)
        return [within_archive(child) for child in sorted(files) if is_archive(child)]
    except OSError:
        return []


def split_folders(title: str) -> tuple[str, ...]:
    """Where a test set may begin below the given folder: in it, under its own name, or under `test`.

    >>> split_folders("Rain12")
    ('', 'Rain12', 'test/Rain12', 'Rain12/test')
    """
    return ("", title, f"test/{title}", f"{title}/test")
