"""The journal of a cell: `scores.jsonl`, appended one flushed line at a time, safe against `kill -9`.

Lines before the last are whole by construction. A torn last line is what a killed process leaves; it is
dropped when the journal is next opened for writing, and its image is done again.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self

from ..errors import RunFolderError
from ..files.atomic import replacing
from .migrations import is_version_1
from .record_lines import decode_record, encode_record
from .records import ScoreRecord
from .writing import vanished, writing

__all__ = ["Journal", "JournalContent", "read_journal", "read_lines", "rewrite_journal"]

LONGEST_LINE = 16 << 20
"""Bytes; the record of an image takes less than a thousandth of it."""


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds."""

    records: tuple[ScoreRecord, ...]
    """Every whole one, in the order of the file."""

    torn: bool = False
    """Whether a last line without its end was left out."""

    outdated: bool = False
    """Whether a line is of an older version."""


def read_journal(path: Path, protocol: str) -> JournalContent:
    """Read a journal; an absent one is empty.

    Args:
        path: of `scores.jsonl`.
        protocol: of the run.

    Raises:
        RunFolderError: it cannot be read, a line is not a record, or two are of one image; the message names lines.
    """
    try:
        with path.open("rb") as stream:
            return read_lines(stream, protocol, f"{path} ")
    except FileNotFoundError:
        return JournalContent(())
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error


def read_lines(stream: IO[bytes], protocol: str, where: str) -> JournalContent:
    """Read records line by line, so that the first bad line ends it, however many follow.

    Args:
        stream: of a journal, at its beginning.
        protocol: of the run.
        where: what comes before `line 3` in messages.

    Raises:
        RunFolderError: a line is not a record, or two are of one image.
    """
    records: dict[str, ScoreRecord] = {}
    outdated = False
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
        if not line.endswith(b"\n"):
            if len(line) < LONGEST_LINE:
                return JournalContent(tuple(records.values()), torn=True, outdated=outdated)
            raise RunFolderError(f"{where}line {number} is not a score record: it is longer than {LONGEST_LINE} bytes.")
        record = _read_line(line[:-1], protocol, f"{where}line {number}")
        if record.key in records:
            first = [*records].index(record.key) + 1
            raise RunFolderError(
                f"{where}has two records of the image {record.key!r}, in lines {first} and {number}: delete the line "
                "that should not count."
            )
        records[record.key] = record
        outdated = outdated or is_version_1(line)
    return JournalContent(tuple(records.values()), outdated=outdated)


def _read_line(line: bytes, protocol: str, where: str) -> ScoreRecord:
    try:
        return decode_record(line, protocol)
    except ValueError as error:
        raise RunFolderError(
            f"{where} is not a score record ({error}): restore the file from a copy, or delete that line and run the "
            "same command again."
        ) from error


def rewrite_journal(path: Path, records: Iterable[ScoreRecord]) -> None:
    """Replace the journal in one atomic step.

    Raises:
        JournalWriteError: the disk is full or the folder cannot be written; the old journal is untouched.
    """
    with writing(path), replacing(path, durable=True) as partial, partial.open("wb") as stream:
        stream.writelines(encode_record(record) + b"\n" for record in records)


class Journal:
    """Appends records to `scores.jsonl`; use as a context manager.

    Opening drops a torn last line and brings lines of an older version up to date. The lock of the run folder must be
    held.

    Args:
        path: of the file.
        protocol: of the run.
        keep: decides which earlier records stay, all by default; the caller does the others again.
    """

    def __init__(self, path: Path, protocol: str, keep: Callable[[ScoreRecord], bool] = lambda _: True) -> None:
        self.path = path
        found = read_journal(path, protocol)
        self.records = [record for record in found.records if keep(record)]
        """What is recorded, in the order of the file."""
        if found.torn or found.outdated or len(self.records) != len(found.records):
            rewrite_journal(path, self.records)
        self._stream: BinaryIO | None = None
        self._writer = os.getpid()

    def __enter__(self) -> Self:
        with writing(self.path):
            # Unbuffered: a record is either handed to the operating system whole or not at all.
            self._stream = self.path.open("ab", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def append(self, record: ScoreRecord) -> None:
        """Write one record and hand it to the operating system.

        Raises:
            JournalWriteError: the disk is full, and what was written of the line is taken back; or the run folder was
                deleted, where a record would be written to a file without a name.
        """
        if self._stream is None:
            raise RunFolderError(f"{self.path} is not open for writing.")
        if os.getpid() != self._writer:
            raise RunFolderError(
                f"{self.path} is written by process {self._writer}, which process {os.getpid()} is a fork of."
            )
        if not self._is_in_place():
            raise vanished(self.path.parent)
        line = encode_record(record) + b"\n"
        start = self._stream.seek(0, os.SEEK_END)
        with writing(self.path):
            try:
                if self._stream.write(line) != len(line):  # a short write is how a full disk looks
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301 -- as the next write would
            except OSError:
                os.ftruncate(self._stream.fileno(), start)
                raise
        self.records.append(record)

    def _is_in_place(self) -> bool:
        """Whether the open file is still the one at `path`."""
        if self._stream is None:
            return False
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._stream.fileno()))
        except OSError:
            return False
