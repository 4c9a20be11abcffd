"""Paths that lead into archives, with the methods of `pathlib.Path` that data sets use.

`/data/GOPRO_Large.zip/test` is a folder to whoever lists it, so no loader knows that it reads an archive. A path holds
nothing but its text: it can be pickled, and names the image in every message.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat as modes
import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from ...errors import DatasetError
from .archive import Archive
from .tars import TarArchive
from .zips import ZipArchive

if TYPE_CHECKING:
    from typing import Self

    _SystemPath = Path
else:
    _SystemPath = type(Path())  # Python 3.11 allows subclasses of this only

__all__ = ["ArchivePath", "is_archive", "within_archive"]

SUFFIX = re.compile(r"\.(?:zip|tar|tar\.gz|tgz)(?=[/\\]|$)", re.IGNORECASE)
REFUSED = {b"BZh": "tar.bz2", b"\xfd7zXZ": "tar.xz", b"Rar!": "rar", b"7z\xbc\xaf": "7z"}
"""First bytes of kinds that have no random access, or no reader in Python."""

MOST_OPEN = 16

_Inside = TypeVar("_Inside", bound="ArchivePath")


def is_archive(path: Path) -> bool:
    """Whether a path is an existing file that is named like an archive (.zip, .tar, .tar.gz, .tgz)."""
    return SUFFIX.search(path.name) is not None and path.is_file()


def within_archive(path: Path) -> Path:
    """The same path, as an `ArchivePath` if it is an archive or leads into one."""
    return path if _split(str(path)) is None else ArchivePath(path)


class ArchivePath(_SystemPath):
    """A path that may lead into an archive; the archive itself is a folder. Others behave as usual."""

    def is_dir(self) -> bool:
        """Whether it is a folder in an archive, or an archive."""
        place = self._place()
        return super().is_dir() if place is None else place[1] in place[0].folders

    def is_file(self) -> bool:
        """Whether it is a file in an archive."""
        place = self._place()
        return super().is_file() if place is None else place[1] in place[0].sizes

    def exists(self) -> bool:
        """Whether it is a file or a folder."""
        return self.is_file() or self.is_dir()

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Kind and size; all else is that of the archive.

        Raises:
            OSError: there is no such file.
        """
        place = self._place()
        if place is None:
            return super().stat(follow_symlinks=follow_symlinks)
        archive, name = place
        of_archive = os.stat(archive.file)  # noqa: PTH116 -- a Path would come back here
        if name in archive.folders:
            mode, size = modes.S_IFDIR | 0o555, 0
        elif name in archive.sizes:
            mode, size = modes.S_IFREG | 0o444, archive.sizes[name]
        else:
            raise FileNotFoundError(errno.ENOENT, "there is no such file in the archive", str(self))
        return os.stat_result((mode, *of_archive[1:6], size, *of_archive[7:10]))

    def iterdir(self) -> Generator[Self, None, None]:
        """Files and folders directly inside, in the order of the archive.

        Raises:
            OSError: there is no such folder.
        """
        place = self._place()
        if place is None:
            yield from super().iterdir()
            return
        archive, name = place
        if name not in archive.folders:
            raise NotADirectoryError(errno.ENOTDIR, "there is no such folder in the archive", str(self))
        for child in archive.folders[name]:
            yield self / child

    def glob(self, pattern: str) -> Generator[Self, None, None]:
        """Paths below that match a pattern of `*`, `?`, `[abc]` and `**`."""
        if self._place() is None:
            yield from super().glob(pattern)
            return
        parts = [part for part in pattern.replace("\\", "/").split("/") if part]
        yield from dict.fromkeys(_matching(self, parts))

    def rglob(self, pattern: str) -> Generator[Self, None, None]:
        """Paths at any depth that match a pattern."""
        yield from self.glob(f"**/{pattern}")

    def open(  # pyright: ignore[reportIncompatibleMethodOverride] -- Path has an overload for every mode
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open for reading; the content is read into memory.

        Raises:
            OSError: there is no such file, it is damaged, or it is to be written.
        """
        place = self._place()
        if place is None:
            return super().open(mode, buffering, encoding, errors, newline)
        if {*mode} - {*"rbt"}:
            raise OSError(errno.EROFS, "an archive is only read", str(self))
        archive, name = place
        content = io.BytesIO(archive.read(name))
        return content if "b" in mode else io.TextIOWrapper(content, encoding, errors, newline)

    def read_bytes(self) -> bytes:
        """The content."""
        with self.open("rb") as file:
            return file.read()

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """The content as text."""
        with self.open("r", encoding=encoding or "utf-8", errors=errors) as file:
            return file.read()

    def only_folders(self) -> Generator[Self, None, None]:
        """The folders that hold all else: `GOPRO_Large` of an archive that has nothing beside it, and so on down."""
        folder = self
        while True:
            children = [child for child in folder.iterdir() if not (child.name.startswith(".") or _is_junk(child.name))]
            if len(children) != 1 or not children[0].is_dir():
                return
            folder = children[0]
            yield folder

    def _place(self) -> tuple[Archive, str] | None:
        """The archive and the path inside; `None` outside of archives."""
        found = _split(str(self))
        return None if found is None else (_opened(found[0]), found[1])


def _matching(folder: _Inside, parts: Sequence[str]) -> Generator[_Inside, None, None]:
    if not parts:
        yield folder
    elif parts[0] == "**":
        yield from _matching(folder, parts[1:])
        for child in _children(folder):
            yield from _matching(child, parts)
    elif any(sign in parts[0] for sign in "*?["):
        for child in _children(folder):
            if fnmatchcase(child.name, parts[0]):
                yield from _matching(child, parts[1:])
    elif (child := folder / parts[0]).exists():
        yield from _matching(child, parts[1:])


def _children(folder: _Inside) -> list[_Inside]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _is_junk(name: str) -> bool:
    return name == "__MACOSX"


def _split(text: str) -> tuple[str, str] | None:
    """The archive's own path, and the path inside, POSIX style; `None` if no part of a path is an archive."""
    for found in SUFFIX.finditer(text):
        file = text[: found.end()]
        if os.path.isfile(file):  # noqa: PTH113 -- a Path would come back here
            return file, text[found.end() + 1 :].replace(os.sep, "/")
    return None


_archives: OrderedDict[tuple[str, int, int, int], Archive] = OrderedDict()
_lock = threading.Lock()


def _opened(file: str) -> Archive:
    """The archive of a file, opened once in each process; a handle kept across a fork would share its position."""
    state = os.stat(file)  # noqa: PTH116 -- as above
    key = (file, state.st_size, state.st_mtime_ns, os.getpid())
    with _lock:
        if key not in _archives:
            _archives[key] = _open(file)
        _archives.move_to_end(key)
        while len(_archives) > MOST_OPEN:
            _archives.popitem(last=False)
        return _archives[key]


def _open(file: str) -> Archive:
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 -- as above
            head = stream.read(8)
    except OSError as error:
        raise DatasetError(f"{file} cannot be read ({error.strerror}): check its permissions.") from error
    kind = next((kind for magic, kind in REFUSED.items() if head.startswith(magic)), "")
    if kind:
        raise DatasetError(f"{file} is a {kind} archive, which cannot be read in place: unpack it, give the folder.")
    return ZipArchive(file) if head.startswith(b"PK") or file.lower().endswith(".zip") else TarArchive(file)
