"""Images in an LMDB folder as BasicSR and NAFNet write it: encoded images by key, and `meta_info.txt` with the keys."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...bench.contracts import ImageSource, UInt8Image
from ...bench.errors import DatasetError, ImageError, MissingDependencyError
from ...bench.files.images import decode_image, image_size
from .layout import Contents, KeyRule

if TYPE_CHECKING:
    from lmdb import Environment

__all__ = ["LmdbImage", "LmdbImages"]

KEY_LIST = "meta_info.txt"


@dataclass(frozen=True, slots=True)
class LmdbImage:
    """An `ImageSource` that reads one entry of a database."""

    database: Path
    entry: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Database and entry, as messages show it."""
        return f"{self.database}:{self.entry}"

    def read(self) -> UInt8Image:
        """Decode the entry; see `decode_image`."""
        return decode_image(self._bytes(), self.name)

    def size(self) -> tuple[int, int]:
        """(height, width) from the header of the encoded image."""
        return image_size(self._bytes(), self.name)

    def _bytes(self) -> bytes:
        with _environment(self.database, os.getpid()).begin() as transaction:
            value = transaction.get(self.entry.encode())
        if value is None:
            raise ImageError(f"{self.name} is gone: open the data set again.")
        return bytes(value)


@dataclass(frozen=True, slots=True)
class LmdbImages:
    """A `Side` of images in a database."""

    where: str
    """The database's folder, relative to the base: `input.lmdb`."""

    key: KeyRule

    def read(self, base: Path) -> Contents | None:
        """List the entries that `meta_info.txt` names; `None` if there is no database.

        Raises:
            MissingDependencyError: lmdb is not installed.
            DatasetError: no key list, or one that names absent entries.
        """
        database = base / self.where
        if not database.is_dir():
            return None
        images: dict[str, ImageSource] = {}
        strangers: list[str] = []
        with _environment(database, os.getpid()).begin(buffers=True) as transaction:
            for entry in _listed(database):
                value = transaction.get(entry.encode())
                if value is None:
                    raise DatasetError(
                        f"{database / KEY_LIST} names {entry}, which the database does not hold: copy it again."
                    )
                image = LmdbImage(database, entry, len(value))
                key = self.key(entry)
                if key is None:
                    strangers.append(image.name)
                else:
                    images[key] = image
        return Contents(images, tuple(strangers))


def _listed(database: Path) -> list[str]:
    """The keys; a line is `KEY.png (720,1280,3) 1`, with or without what follows the key."""
    try:
        lines = (database / KEY_LIST).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise DatasetError(
            f"{database} has no {KEY_LIST}, the list of its keys: copy it from where the database is from."
        ) from error
    return [line.split()[0].partition(".")[0] for line in lines if line.strip()]


@cache
def _environment(database: Path, process: int) -> Environment:
    """One environment a database and process: a second one in a process, or one kept over a fork, corrupts memory."""
    del process
    try:
        import lmdb
    except ImportError as error:
        raise MissingDependencyError(f"{database} is a database and", "lmdb", "lmdb") from error
    try:
        return lmdb.open(str(database), readonly=True, lock=False, readahead=False, meminit=False)
    except lmdb.Error as error:
        raise DatasetError(f"{database} cannot be opened as an LMDB database ({error}): copy it again.") from error
