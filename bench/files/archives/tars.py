"""Tar archives, plain or compressed by gzip: one pass lists them, then every file is read at its place."""

from __future__ import annotations

import io
import tarfile
import zlib
from typing import IO, Protocol, cast

from ...errors import DatasetError
from .archive import Archive, damaged
from .gzip_access import MAGIC, GzipAccess, GzipPass

__all__ = ["TarArchive"]


class _Access(Protocol):
    def read(self, start: int, size: int) -> bytes: ...


class _PlainAccess:
    """The bytes of a file, by position; each read has a handle of its own, so that threads do not meet."""

    def __init__(self, file: str) -> None:
        self.file = file

    def read(self, start: int, size: int) -> bytes:
        with open(self.file, "rb") as stream:  # noqa: PTH123 -- a Path would be made for every image
            stream.seek(start)
            return stream.read(size)


class TarArchive(Archive):
    """A tar archive."""

    def __init__(self, file: str) -> None:
        """List the members; of a compressed archive all has to be decompressed once for that.

        Raises:
            DatasetError: it is no tar archive, or is damaged or cut short.
        """
        super().__init__(file)
        self._places: dict[str, tuple[int, int]] = {}
        self._access: _Access = _PlainAccess(file)
        links: dict[str, str] = {}
        try:
            with open(file, "rb") as plain:  # noqa: PTH123 -- the path is a text here
                zipped = plain.read(len(MAGIC)) == MAGIC
                plain.seek(0)
                if zipped:
                    access = self._access = GzipAccess(file)
                    with GzipPass(access) as once:
                        self._list(cast("IO[bytes]", once), links)
                        once.finish()
                else:
                    self._list(plain, links)
                    self._check_end(plain)
        except (tarfile.TarError, OSError, EOFError, ValueError) as error:
            raise DatasetError(f"{file} is no complete tar archive ({error}): download it again.") from error
        for name, target in self._resolve(links).items():
            self._places[name] = self._places[target]

    def _list(self, stream: IO[bytes], links: dict[str, str]) -> None:
        with tarfile.open(fileobj=stream, mode="r:", encoding="utf-8", errors="surrogateescape") as tar:
            for member in tar:
                name = self._inner_name(member.name)
                if member.isdir():
                    self._add_folder(name)
                elif member.isreg() and not member.issparse():
                    self._places[name] = member.offset_data, member.size
                    self._add_file(name, member.size)
                elif member.islnk():
                    links[name] = self._inner_name(member.linkname)
                elif member.issym():
                    links[name] = self._link_target(name, member.linkname)
            stream.seek(tar.offset)
            end = stream.read(tarfile.BLOCKSIZE)
        if len(end) < tarfile.BLOCKSIZE or any(end):  # tarfile takes a damaged header for the end, too
            raise EOFError("its end is missing" if len(end) < tarfile.BLOCKSIZE else "a header is damaged")

    def _check_end(self, plain: IO[bytes]) -> None:
        """A last file that is cut short is noticed by no header behind it."""
        end = plain.seek(0, io.SEEK_END)
        if any(start + size > end for start, size in self._places.values()):
            raise EOFError("it is cut short")

    def _content(self, name: str) -> bytes:
        start, size = self._places[name]
        try:
            content = self._access.read(start, size)
        except (zlib.error, EOFError) as error:
            raise damaged(error) from error
        if len(content) < size:
            raise damaged("it is cut short")
        return content
