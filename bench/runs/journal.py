"""The journal of a cell: `scores.jsonl`, appended one flushed line at a time, safe against `kill -9`.

An image has one line. While a protocol is being added to a run it has a second one, with what only that protocol
measured; when the run is finished, the two are written as one.

Lines before the last are whole by construction. A torn last line is what a killed process leaves; it is
dropped when the journal is next opened for writing, and its image is done again.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
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

    divided: bool = False
    """Whether an image has several lines, each of other protocols; they were joined."""


def read_journal(path: Path, protocol: str, *others: str) -> JournalContent:
    """Read a journal; an absent one is empty.

    Args:
        path: of `scores.jsonl`.
        protocol: of the run, its first.
        others: further protocols of the run.

    Raises:
        RunFolderError: it cannot be read, a line is not a record, or two are of one image; the message names lines.
    """
    try:
        with path.open("rb") as stream:
            return read_lines(stream, f"{path} ", protocol, *others)
    except FileNotFoundError:
        return JournalContent(())
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error


def read_lines(stream: IO[bytes], where: str, protocol: str, *others: str) -> JournalContent:
    """Read records line by line, so that the first bad line ends it, however many follow.

    Args:
        stream: of a journal, at its beginning.
        where: what comes before `line 3` in messages.
        protocol: of the run, its first.
        others: further protocols of the run.

    Raises:
        RunFolderError: a line is not a record, or two are of one image and one protocol.
    """
    records: dict[str, ScoreRecord] = {}
    lines: dict[str, int] = {}
    outdated = divided = False
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
        if not line.endswith(b"\n"):
            if len(line) < LONGEST_LINE:
                return JournalContent(tuple(records.values()), torn=True, outdated=outdated, divided=divided)
            raise RunFolderError(f"{where}line {number} is not a score record: it is longer than {LONGEST_LINE} bytes.")
        record = _read_line(line[:-1], f"{where}line {number}", protocol, *others)
        known = records.get(record.key)
        if known is not None:
            if not _complements(known, record):
                raise RunFolderError(
                    f"{where}has two records of the image {record.key!r}, in lines {lines[record.key]} and {number}: "
                    "delete the line that should not count."
                )
            record, divided = known.joined(record), True
        records[record.key] = record
        lines.setdefault(record.key, number)
        outdated = outdated or is_version_1(line)
    return JournalContent(tuple(records.values()), outdated=outdated, divided=divided)


def _complements(known: ScoreRecord, record: ScoreRecord) -> bool:
    """Whether a second record of an image adds to the first, and contradicts it in nothing."""
    both_ok = known.status == record.status == "ok"
    return both_ok and known.scores.keys().isdisjoint(record.scores) and known.pair == record.pair


def _read_line(line: bytes, where: str, protocol: str, *others: str) -> ScoreRecord:
    try:
        return decode_record(line, protocol, *others)
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

    Opening drops a torn last line, brings lines of an older version up to date, and joins the lines of an image. The
    lock of the run folder must be held.

    Args:
        path: of the file.
        protocol: of the run, its first.
        others: further protocols of the run.
        keep: decides which earlier records stay, all by default; the caller does the others again.
    """

    def __init__(
        self, path: Path, protocol: str, *others: str, keep: Callable[[ScoreRecord], bool] = lambda _: True
    ) -> None:
        self.path = path
        found = read_journal(path, protocol, *others)
        self._records = {record.key: record for record in found.records if keep(record)}
        self._divided = False
        if found.torn or found.outdated or found.divided or len(self._records) != len(found.records):
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

    @property
    def records(self) -> list[ScoreRecord]:
        """What is recorded, in the order of the file."""
        return list(self._records.values())

    def get(self, key: str) -> ScoreRecord | None:
        """The record of an image; `None` if there is none."""
        return self._records.get(key)

    def sort(self, order: Sequence[str]) -> None:
        """Bring the file into the order of the keys, one line an image; images done again were appended out of it.

        Raises:
            JournalWriteError: as in `rewrite_journal`.
        """
        place = {key: index for index, key in enumerate(order)}
        ordered = sorted(self.records, key=lambda record: place[record.key])
        if self._divided or ordered != self.records:
            rewrite_journal(self.path, ordered)
            self._records, self._divided = {record.key: record for record in ordered}, False

    def append(self, record: ScoreRecord) -> None:
        """Write one record and hand it to the operating system.

        Args:
            record: of an image without a record, or what other protocols add to the record that it has.

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
        with writing(self.path, run=self.path.parent):
            try:
                if self._stream.write(line) != len(line):  # a short write is how a full disk looks
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301 -- as the next write would
            except OSError:
                os.ftruncate(self._stream.fileno(), start)
                raise
        known = self._records.get(record.key)
        self._records[record.key] = record if known is None else known.joined(record)
        self._divided = self._divided or known is not None

    def _is_in_place(self) -> bool:
        """Whether the open file is still the one at `path`."""
        if self._stream is None:
            return False
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._stream.fileno()))
        except OSError:
            return False
