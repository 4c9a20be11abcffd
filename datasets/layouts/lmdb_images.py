"""Images in LMDB databases of BasicSR and NAFNet: encoded images by key, listed in `meta_info.txt`."""

from __future__ import annotations

import os
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...bench.contracts import ImageSource, UInt8Image
from ...bench.errors import DatasetError, ImageError, MissingDependencyError
from ...bench.files.archives import ArchivePath
from ...bench.files.images import decode_image, image_size
from ...bench.files.versions import file_version
from .layout import Contents, KeyRule
from .lists import list_lines

if TYPE_CHECKING:
    from lmdb import Environment

__all__ = ["LmdbImage", "LmdbImages"]

KEY_LIST = "meta_info.txt"
DATA_FILE = "data.mdb"


@dataclass(frozen=True, slots=True)
class LmdbImage:
    """An `ImageSource` for one entry of a database."""

    database: Path
    entry: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Database and entry, for messages."""
        return f"{self.database}:{self.entry}"

    def read(self) -> UInt8Image:
        """Decode the entry; see `decode_image`."""
        return decode_image(self._bytes(), self.name)

    def size(self) -> tuple[int, int]:
        """(height, width) from the header of the encoded image."""
        return image_size(self._bytes(), self.name)

    def version(self) -> Hashable | None:
        """That of the database, and the entry; see `version_of`."""
        version = file_version(self.database / DATA_FILE)
        return None if version is None else (version, self.entry)

    def _bytes(self) -> bytes:
        with _environment(self.database, os.getpid()).begin() as transaction:
            value = transaction.get(self.entry.encode())
        if value is None:
            raise ImageError(f"{self.name} no longer exists: open the data set again.")
        return bytes(value)


@dataclass(frozen=True, slots=True)
class LmdbImages:
    """A `Side` with images in a database."""

    where: str
    """Folder of the database, relative to the base: `input.lmdb`."""

    key: KeyRule

    def read(self, base: Path) -> Contents | None:
        """List the entries in `meta_info.txt`; `None` if there is no database.

        Raises:
            MissingDependencyError: lmdb is not installed.
            DatasetError: the key list is missing, or lists missing entries; or the database is inside an archive.
        """
        database = base / self.where
        if not database.is_dir():
            return None
        if isinstance(database, ArchivePath):
            raise DatasetError(f"{database} is a database, which is not read inside an archive: unpack the archive.")
        images: dict[str, ImageSource] = {}
        unmatched: list[str] = []
        with _environment(database, os.getpid()).begin(buffers=True) as transaction:
            for entry in _listed(database):
                value = transaction.get(entry.encode())
                if value is None:
                    raise DatasetError(
                        f"{database / KEY_LIST} lists {entry}, which is not in the database: copy it again."
                    )
                image = LmdbImage(database, entry, len(value))
                key = self.key(entry)
                if key is None:
                    unmatched.append(image.name)
                else:
                    images[key] = image
        return Contents(images, tuple(unmatched))


def _listed(database: Path) -> list[str]:
    """Read the keys; a line is `KEY.png (720,1280,3) 1` or only `KEY.png`."""
    if not (database / KEY_LIST).is_file():
        raise DatasetError(
            f"{database} has no {KEY_LIST}, the list of its keys: copy it from the source of the database."
        )
    return [line.split()[0].partition(".")[0] for line in list_lines(database / KEY_LIST) if line.strip()]


@cache
def _environment(database: Path, process: int) -> Environment:
    """Open one environment per database and process; a second one, or one kept across a fork, corrupts memory."""
    del process
    try:
        import lmdb
    except ImportError as error:
        raise MissingDependencyError(f"Reading the database {database}", "lmdb", "lmdb") from error
    try:
        return lmdb.open(str(database), readonly=True, lock=False, readahead=False, meminit=False)
    except lmdb.Error as error:
        raise DatasetError(f"{database} cannot be opened as an LMDB database ({error}): copy it again.") from error
