"""What the kinds of archives have in common: a listing of files and folders, and the bytes of one file."""

from __future__ import annotations

import errno
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import PurePosixPath

from ...errors import DatasetError

__all__ = ["Archive", "damaged"]

MOST_BYTES = 1 << 30
"""Size beyond which a file inside an archive is not read into memory; no image of a data set comes near."""

OUTSIDE = re.compile(r"/|[A-Za-z]:")
"""Beginning of a path that leads out of any folder it is unpacked in."""


def damaged(reason: object) -> OSError:
    """The error of a file that its archive cannot give."""
    return OSError(errno.EIO, f"its archive is damaged there: {reason}")


class Archive(ABC):
    """An opened archive; reading is safe from several threads."""

    def __init__(self, file: str) -> None:
        """Begin with nothing listed.

        Raises:
            DatasetError: it is a web page, which many sites send in place of a file.
        """
        _refuse_web_page(file)
        self.file = file
        self.sizes: dict[str, int] = {}
        """Path of every file inside, POSIX style, to its size in bytes."""
        self.folders: dict[str, dict[str, None]] = {"": {}}
        """Path of every folder inside to the names in it; the archive itself is `""`."""

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            OSError: there is no such file, it is damaged or too large, or the archive is gone.
        """
        if name not in self.sizes:
            raise FileNotFoundError(errno.ENOENT, "there is no such file in the archive", f"{self.file}/{name}")
        if self.sizes[name] > MOST_BYTES:
            raise OSError(errno.EFBIG, f"it has {self.sizes[name]} bytes, more than an image can have")
        return self._content(name)

    @abstractmethod
    def _content(self, name: str) -> bytes: ...

    def _add_file(self, name: str, size: int) -> None:
        """List a file, and the folders above it."""
        self.sizes[name] = size
        self._add_above(name)

    def _add_folder(self, name: str) -> None:
        if name:
            self.folders.setdefault(name, {})
            self._add_above(name)

    def _add_above(self, name: str) -> None:
        folder, _, own = name.rpartition("/")
        while own not in self.folders.setdefault(folder, {}):
            self.folders[folder][own] = None
            folder, _, own = folder.rpartition("/")
            if not own:
                return

    def _inner_name(self, name: str) -> str:
        """The path of a member without `.` and double slashes; `""` for the archive's root.

        Raises:
            DatasetError: it leads out of the archive.
        """
        parts = PurePosixPath(name.strip("\0")).parts
        if OUTSIDE.match(name) or ".." in parts:
            raise DatasetError(
                f"{self.file} has a file named {name!r}, which leads out of the archive, so it is not what its authors "
                f"published: download it again from their page."
            )
        return "/".join(parts)

    def _link_target(self, name: str, target: str) -> str:
        """The path inside the archive that a symbolic link points to; `""` if it points elsewhere."""
        parts: list[str] = list(PurePosixPath(name).parent.parts)
        for part in PurePosixPath(target).parts:
            if part == "/" or (part == ".." and not parts):
                return ""
            if part == "..":
                parts.pop()
            else:
                parts.append(part)
        return "/".join(parts)

    def _resolve(self, links: Mapping[str, str]) -> dict[str, str]:
        """Links that lead to files in the archive, by way of other links too; the rest is as absent as on a disk."""
        found: dict[str, str] = {}
        for name, target in links.items():
            seen = {name}
            end = target
            while end in links and end not in seen:
                seen.add(end)
                end = links[end]
            if end in self.sizes:
                found[name] = end
        for name, end in found.items():
            self._add_file(name, self.sizes[end])
        return found


def _refuse_web_page(file: str) -> None:
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 -- the path is a text here
            begins = stream.read(256).lstrip().lower()
    except OSError:
        return  # whoever opens it as an archive says why it cannot be read
    if begins.startswith((b"<!doctype html", b"<html")):
        raise DatasetError(
            f"{file} is a web page and no archive, such as a site shows before a download: open its link in a browser, "
            "and download the archive from there."
        )
