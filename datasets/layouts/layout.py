"""Folder layouts: where the two images of a pair lie, and which part of a name is the key.

A layout is two sides. A side says in which folders its images are and how a path becomes a key; pairs are the
keys that both sides have, never two sorted lists.
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
from ...bench.files.images import IMAGE_SUFFIXES, FileImage
from ...bench.files.natural_order import natural_order
from ...bench.terminal.wording import counted

__all__ = ["Contents", "Found", "Images", "KeyRule", "Layout", "Side", "image_files", "on_name", "on_path"]

KeyRule: TypeAlias = Callable[[str], str | None]
"""From a path relative to the base, POSIX and without its ending, to the key; `None`: not an image of this side."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What one side holds."""

    images: Mapping[str, ImageSource]
    """Key to image."""

    strangers: tuple[str, ...] = ()
    """Names of images whose key could not be told."""


class Side(Protocol):
    """Where the images of one kind are."""

    @property
    def where(self) -> str:
        """For messages: `input`."""
        ...

    def read(self, base: Path) -> Contents | None:
        """List the images under `base` without opening any; `None` if the place does not exist."""
        ...


def on_name(expression: str) -> KeyRule:
    """A rule on file names: groups of the expression that took part, joined by `/`.

    >>> on_name("rain-0*([0-9]+)")("rainy/rain-001")
    '1'
    """
    return on_path(f"(?:.*/)?(?:{expression})")


def on_path(expression: str) -> KeyRule:
    """A rule on paths relative to the base: groups of the expression that took part, joined by `/`."""
    compiled = re.compile(expression)

    def rule(stem: str) -> str | None:
        found = compiled.fullmatch(stem)
        return None if found is None else "/".join(group for group in found.groups() if group is not None)

    return rule


@dataclass(frozen=True, slots=True)
class Images:
    """A `Side` of image files in one folder, or in every folder that a pattern matches."""

    folders: str
    """Relative to the base; `*` matches one folder name, `.` is the base itself."""

    key: KeyRule

    @property
    def where(self) -> str:
        """For messages: `input`."""
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
        strangers: list[str] = []
        for path in (path for folder in folders for path in image_files(folder)):
            key = self.key(path.relative_to(base).with_suffix("").as_posix())
            if key is None:
                strangers.append(str(path))
            elif key in images:
                raise PairingError(f"{images[key].name} and {path} are both {key}: remove one of them.")
            else:
                images[key] = FileImage(path)
        return Contents(images, tuple(strangers))


@dataclass(frozen=True, slots=True)
class Layout:
    """One published way to arrange the pairs."""

    name: str
    """As a person would write it: `{input,target}/1.png`."""

    degraded: Side
    target: Side

    partner: Callable[[str], str] = str
    """From a degraded key to the key of its target. Neutral value: the same key."""

    def find(self, base: Path) -> Found | None:
        """What of this layout is under `base`; `None` unless both sides hold an image."""
        degraded = self.degraded.read(base)
        if degraded is None or not degraded.images:
            return None
        target = self.target.read(base)
        if target is None or not target.images:
            return None
        return Found(self, base, degraded, target)


@dataclass(frozen=True, slots=True)
class Found:
    """A layout that was recognised, with the images of both sides."""

    layout: Layout
    base: Path
    degraded: Contents
    target: Contents

    def select(self, keys: Iterable[str]) -> Found:
        """Only these keys, on both sides; nothing else counts as unpaired."""
        chosen = set(keys)
        partners = {self.layout.partner(key) for key in chosen}
        degraded = {key: image for key, image in self.degraded.images.items() if key in chosen}
        target = {key: image for key, image in self.target.images.items() if key in partners}
        return Found(self.layout, self.base, Contents(degraded), Contents(target))

    def pairs(self, group: Callable[[str], str] = lambda _: "") -> Iterator[ImagePair]:
        """Every pair; `group` maps a key to `ImagePair.group`.

        Raises:
            PairingError: an image has no partner, or its key cannot be told; the message has both lists.
        """
        self._check()
        partner = self.layout.partner
        for key, image in self.degraded.images.items():
            yield ImagePair(key, image, self.target.images[partner(key)], group(key))

    def _check(self) -> None:
        partner = self.layout.partner
        wanted = {partner(key) for key in self.degraded.images}
        orphans = [key for key in self.degraded.images if partner(key) not in self.target.images]
        widows = [key for key in self.target.images if key not in wanted]
        problems = [
            _count(len(orphans), "degraded image", "without a target", sorted(orphans, key=natural_order)),
            _count(len(widows), "target", "without a degraded image", sorted(widows, key=natural_order)),
            _count(len(self._strangers), "image", "whose name fits no pair", sorted(self._strangers)),
        ]
        found = "; ".join(filter(None, problems))
        if found:
            raise PairingError(
                f"{self.base} ({self.layout.name}) does not pair up: {found}: add the missing images or remove these."
            )

    @property
    def _strangers(self) -> set[str]:
        """Images that neither side knows; both sides may share a folder."""
        known = {image.name for side in (self.degraded, self.target) for image in side.images.values()}
        return {*self.degraded.strangers, *self.target.strangers} - known


def image_files(folder: Path) -> Iterator[Path]:
    """Image files directly in a folder; hidden files (`.DS_Store`, `._1.png`) and other files are passed over.

    Raises:
        DatasetError: the folder cannot be listed.
    """
    try:
        listing = os.scandir(folder)
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be listed ({error.strerror}): give yourself the right to read it."
        ) from error
    with listing as entries:
        for entry in entries:
            name = entry.name
            if not name.startswith(".") and f".{name.rpartition('.')[2].lower()}" in IMAGE_SUFFIXES and entry.is_file():
                yield folder / name


def _matching_folders(base: Path, pattern: str) -> list[Path]:
    candidates = [base] if pattern == "." else base.glob(pattern) if "*" in pattern else [base / pattern]
    return [folder for folder in candidates if folder.is_dir() and not _is_junk(folder.relative_to(base))]


def _is_junk(relative: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in relative.parts)


def _count(number: int, what: str, problem: str, names: list[str]) -> str:
    return f"{counted(number, what)} {problem} ({few(names)})" if number else ""
