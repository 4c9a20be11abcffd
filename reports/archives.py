"""Zip files from other people: every limit is checked before anything is unpacked, and kept while unpacking."""

from __future__ import annotations

import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..bench.errors import few

__all__ = ["BROKEN", "open_archive", "open_member", "sha256_of"]

BROKEN = (
    OSError,
    ValueError,
    RuntimeError,  # of an encrypted file; also NotImplementedError and RecursionError
    LookupError,
    ArithmeticError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
)
"""What the standard library raises on damaged archives, found by damaging them."""

END = struct.Struct("<4s4H2LH")
"""The record that ends an archive: signature, two disks, two counts, size and place of the directory, comment."""

END_SIGNATURE, LOCATOR_SIGNATURE, LOCATOR_BYTES = b"PK\5\6", b"PK\6\7", 20
MOST_FILES = 100
LISTED = 256
"""Bytes that a directory may have for each file beside its name."""

SHOWN, SHOWN_FILES = 60, 5
"""Characters of a name, and names, in a message."""

MOST_RATIO = 200
"""Most bytes per packed byte. Records pack to a fifth, or a fiftieth where all images are alike; bombs to 1/1000."""

SMALL = 1 << 20
"""Bytes of a file that may be packed as tightly as it likes."""

ENCRYPTED = 0x1 | 0x40
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Other methods unpack without a limit."""

CHUNK = 1 << 20


@contextmanager
def open_archive(path: Path, limits: Mapping[str, int]) -> Generator[zipfile.ZipFile]:
    """Open an archive that holds exactly the named files.

    Args:
        path: of the zip file.
        limits: name of each file to the most bytes that it may have, unpacked.

    Raises:
        ValueError: it is too large, or holds other files, or one of them too large, encrypted or packed too tightly.
        BROKEN: anything of it, if the archive is damaged.
    """
    size, most = path.stat().st_size, sum(limits.values())
    if size > most:
        raise ValueError(f"it is larger than {_megabytes(most)}")
    with path.open("rb") as file:
        _check_directory(file, size, limits)
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            _check_members(archive, limits)
            yield archive


def _check_directory(file: IO[bytes], size: int, limits: Mapping[str, int]) -> None:
    """Refuse a directory of more files than are expected before the standard library makes an object of each."""
    most = max(MOST_FILES, len(limits))
    largest = max(CHUNK, sum(len(name.encode()) + LISTED for name in limits))
    file.seek(max(0, size - END.size - LOCATOR_BYTES))
    tail = file.read()
    end = tail[-END.size :]
    if not end.startswith(END_SIGNATURE) or len(end) < END.size:
        raise ValueError("it does not end as a zip file does")
    _, _, _, _, count, directory, _, _ = END.unpack(end)
    if count > most or directory > largest:
        raise ValueError(f"it lists {count} files in {directory} bytes")
    if tail.startswith(LOCATOR_SIGNATURE):
        raise ValueError("it is a zip file of the kind for more than 4 GB")


def _check_members(archive: zipfile.ZipFile, limits: Mapping[str, int]) -> None:
    names = sorted(archive.namelist())
    if names != sorted(limits):
        found = few([name[:SHOWN] for name in names], SHOWN_FILES) or "nothing"
        raise ValueError(f"it contains {found} instead of {few(sorted(limits), SHOWN_FILES)}")
    for member in archive.infolist():
        name, size = member.filename, member.file_size
        if member.flag_bits & ENCRYPTED:
            raise ValueError(f"{name} is encrypted")
        if member.compress_type not in METHODS:
            raise ValueError(f"{name} is packed by a method other than deflate")
        if size > limits[name]:
            raise ValueError(f"{name} is larger than {_megabytes(limits[name])}")
        if size > max(SMALL, MOST_RATIO * member.compress_size):
            raise ValueError(f"{name} is packed {size // max(member.compress_size, 1)} to 1, as no records are")


@contextmanager
def open_member(archive: zipfile.ZipFile, name: str) -> Generator[IO[bytes]]:
    """A file of the archive as a stream; it ends after the bytes that were checked, and damage raises `BROKEN`."""
    with archive.open(name) as member:
        yield io.BufferedReader(member, CHUNK)  # pyright: ignore[reportArgumentType] -- reads like a raw stream


def sha256_of(archive: zipfile.ZipFile, name: str) -> str:
    """SHA-256 of a file of the archive, read in pieces."""
    with open_member(archive, name) as member:
        return hashlib.file_digest(member, "sha256").hexdigest()  # pyright: ignore[reportArgumentType] -- as above


def _megabytes(count: int) -> str:
    return f"{count // 1_000_000} MB"
