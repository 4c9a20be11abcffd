"""Zip archives, whose directory gives random access."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib

from ...errors import DatasetError
from .archive import Archive, damaged

__all__ = ["ZipArchive"]

ENCRYPTED = 0x1
UTF8 = 0x800
"""Flags of a member: its content needs a password; its name is UTF-8."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class ZipArchive(Archive):
    """A zip archive; `zipfile` guards its one file handle with a lock, and decompresses outside of it."""

    def __init__(self, file: str) -> None:
        """List the members.

        Raises:
            DatasetError: it is no zip archive, is cut short, has a password, or is compressed in a way that Python
                cannot read.
        """
        super().__init__(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise DatasetError(
                f"{file} is no complete zip archive ({error}): download it again, with all of its parts."
            ) from error
        except OSError as error:
            raise DatasetError(f"{file} cannot be read ({error.strerror}): check its permissions.") from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        links: dict[str, str] = {}
        for info in self._zip.infolist():
            self._check(info)
            name = self._inner_name(_decoded_name(info))
            if info.is_dir() or not name:
                self._add_folder(name)
            elif stat.S_ISLNK(info.external_attr >> 16):
                links[name] = self._link_target(name, self._target(info))
            else:
                self._members[name] = info
                self._add_file(name, info.file_size)
        for name, target in self._resolve(links).items():
            self._members[name] = self._members[target]

    def _content(self, name: str) -> bytes:
        return self._bytes(self._members[name])

    def _bytes(self, info: zipfile.ZipInfo) -> bytes:
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, RuntimeError) as error:
            raise damaged(error) from error

    def _target(self, info: zipfile.ZipInfo) -> str:
        """What a symbolic link says."""
        try:
            return self._bytes(info).decode("utf-8", "replace")
        except OSError as error:
            raise DatasetError(f"{self.file} is damaged ({error.strerror}): download it again.") from error

    def _check(self, info: zipfile.ZipInfo) -> None:
        if info.flag_bits & ENCRYPTED:
            raise DatasetError(f"{self.file} needs a password: unpack it with that, and give the folder.")
        if info.compress_type not in METHODS:
            raise DatasetError(
                f"{self.file} is compressed by method {info.compress_type} of zip, which Python cannot read: unpack it "
                f"with another program, and give the folder."
            )


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """The name of a member, with slashes.

    Names without the flag for UTF-8 are code page 437 by the standard, but many programs write UTF-8 without the flag.
    """
    name = info.filename
    if not info.flag_bits & UTF8 and not name.isascii():
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return name.replace("\\", "/")
