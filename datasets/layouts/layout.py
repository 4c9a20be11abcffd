"""Folder layouts: locations of the two images of a pair, and rules that turn paths into keys.

A layout has two sides. A side defines the folders of its images and the rule from path to key. Pairs are formed by
equal keys, never by position in two sorted lists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from ...bench.contracts import ImagePair, ImageSource
from ...bench.errors import DatasetError, PairingError, few
from ...bench.files.archives import ArchivePath
from ...bench.files.images import IMAGE_SUFFIXES, FileImage
from ...bench.files.natural_order import natural_order
from ...bench.terminal.wording import counted

__all__ = [
    "Contents",
    "Found",
    "Images",
    "KeyRule",
    "Layout",
    "Side",
    "folder_of_images",
    "image_files",
    "on_name",
    "on_path",
]

KeyRule: TypeAlias = Callable[[str], str | None]
"""Function from a path (relative to the base, POSIX, without suffix) to its key; `None` for other images."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Images found on one side."""

    images: Mapping[str, ImageSource]
    """Key to image."""

    unmatched: tuple[str, ...] = ()
    """Names of images without a recognisable key."""


class Side(Protocol):
    """Location of the degraded or of the target images."""

    @property
    def where(self) -> str:
        """Location for messages: `input`."""
        ...

    def read(self, base: Path) -> Contents | None:
        """List the images under `base` without opening them; `None` if the location does not exist."""
        ...


def on_name(expression: str) -> KeyRule:
    """Make a rule on file names: the key joins the matched groups of the expression with `/`.

    >>> on_name("rain-0*([0-9]+)")("rainy/rain-001")
    '1'
    """
    return on_path(f"(?:.*/)?(?:{expression})")


def on_path(expression: str) -> KeyRule:
    """Make a rule on paths relative to the base: the key joins the matched groups of the expression with `/`."""
    compiled = re.compile(expression)

    def rule(stem: str) -> str | None:
        found = compiled.fullmatch(stem)
        return None if found is None else "/".join(group for group in found.groups() if group is not None)

    return rule


@dataclass(frozen=True, slots=True)
class Images:
    """A `Side` with image files in one folder, or in all folders matching a pattern."""

    folders: str
    """Relative to the base; `*` matches one folder name, `.` is the base itself."""

    key: KeyRule

    @property
    def where(self) -> str:
        """Location for messages: `input`."""
        return self.folders

    def read(self, base: Path) -> Contents | None:
        """List the images under `base`.

        Raises:
            PairingError: two files have the same key.
        """
        folders = _matching_folders(base, self.folders)
        if not folders:
            return None
        images: dict[str, ImageSource] = {}
        unmatched: list[str] = []
        for path in (path for folder in folders for path in image_files(folder)):
            key = self.key(path.relative_to(base).with_suffix("").as_posix())
            if key is None:
                unmatched.append(str(path))
            elif key in images:
                raise PairingError(f"{images[key].name} and {path} both have the key {key}: remove one of them.")
            else:
                images[key] = FileImage(path)
        return Contents(images, tuple(unmatched))


@dataclass(frozen=True, slots=True)
class Layout:
    """A published folder layout."""

    name: str
    """Readable form: `{input,target}/1.png`."""

    degraded: Side
    target: Side

    partner: Callable[[str], str] = str
    """Function from a degraded key to the key of its target. Neutral value: the same key."""

    def find(self, base: Path) -> Found | None:
        """Look for this layout under `base`; `None` unless both sides contain images."""
        degraded = self.degraded.read(base)
        if degraded is None or not degraded.images:
            return None
        target = self.target.read(base)
        if target is None or not target.images:
            return None
        return Found(self, base, degraded, target)


@dataclass(frozen=True, slots=True)
class Found:
    """A recognised layout with the images of both sides."""

    layout: Layout
    base: Path
    degraded: Contents
    target: Contents

    def select(self, keys: Iterable[str]) -> Found:
        """Keep only these keys on both sides; the rest does not count as unpaired."""
        chosen = set(keys)
        partners = {self.layout.partner(key) for key in chosen}
        degraded = {key: image for key, image in self.degraded.images.items() if key in chosen}
        target = {key: image for key, image in self.target.images.items() if key in partners}
        return Found(self.layout, self.base, Contents(degraded), Contents(target))

    def pairs(self, group: Callable[[str], str] = lambda _: "") -> Iterator[ImagePair]:
        """Yield every pair; `group` maps a key to `ImagePair.group`.

        Raises:
            PairingError: images without a partner or without a recognisable key; the message lists them.
        """
        self._check()
        partner = self.layout.partner
        for key, image in self.degraded.images.items():
            yield ImagePair(key, image, self.target.images[partner(key)], group(key))

    def _check(self) -> None:
        partner = self.layout.partner
        wanted = {partner(key) for key in self.degraded.images}
        without_target = [key for key in self.degraded.images if partner(key) not in self.target.images]
        without_degraded = [key for key in self.target.images if key not in wanted]
        problems = [
            _count("degraded image", "without a target", sorted(without_target, key=natural_order)),
            _count("target", "without a degraded image", sorted(without_degraded, key=natural_order)),
            _count("image", "whose name matches no pair", sorted(self._unmatched)),
        ]
        found = "; ".join(filter(None, problems))
        if found:
            raise PairingError(
                f"{self.base} ({self.layout.name}) has unpaired images: {found}; add their partners or remove them."
            )

    @property
    def _unmatched(self) -> set[str]:
        """Images without a key on either side; both sides may share a folder."""
        known = {image.name for side in (self.degraded, self.target) for image in side.images.values()}
        return {*self.degraded.unmatched, *self.target.unmatched} - known


def image_files(folder: Path) -> Iterator[Path]:
    """List image files directly in a folder, skipping hidden files (`.DS_Store`, `._1.png`) and others.

    Raises:
        DatasetError: the folder cannot be listed, or an image's name is not valid text.
    """
    try:
        if isinstance(folder, ArchivePath):
            yield from (folder / readable_name(path.name, folder) for path in folder.iterdir() if _is_image(path))
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                if _is_image(entry):
                    yield folder / readable_name(entry.name, folder)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be listed ({error.strerror}): check its permissions.") from error


def folder_of_images(root: Path) -> Path:
    """The folder itself; in an archive whose top is one folder, the first on the way down that has images."""
    if isinstance(root, ArchivePath) and root.is_dir():
        return next((place for place in (root, *root.only_folders()) if next(image_files(place), None)), root)
    return root


def _is_image(entry: os.DirEntry[str] | Path) -> bool:
    name = entry.name
    return not name.startswith(".") and f".{name.rpartition('.')[2].lower()}" in IMAGE_SUFFIXES and entry.is_file()


def readable_name(name: str, folder: Path) -> str:
    """The name itself, which becomes a key.

    Raises:
        DatasetError: it has bytes that are not UTF-8, which neither a record nor a terminal can show.
    """
    if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
        shown = name.encode("utf-8", "backslashreplace").decode()
        raise DatasetError(f"{folder} has a file whose name is not UTF-8 ({shown}): rename it.")
    return name


def _matching_folders(base: Path, pattern: str) -> list[Path]:
    candidates = [base] if pattern == "." else base.glob(pattern) if "*" in pattern else [base / pattern]
    return [folder for folder in candidates if folder.is_dir() and not _is_junk(folder.relative_to(base))]


def _is_junk(relative: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in relative.parts)


def _count(noun: str, problem: str, names: list[str]) -> str:
    return f"{counted(len(names), noun)} {problem} ({few(names)})" if names else ""
