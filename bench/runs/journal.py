"""The journal of a cell: `scores.jsonl`, appended one flushed line at a time, safe against `kill -9`.

Lines before the last are whole by construction. A torn last line is what a killed process leaves; it is
dropped when the journal is next opened for writing, and its image is done again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ..errors import JournalWriteError, RunFolderError
from ..files.atomic import replacing
from .records import ScoreRecord

__all__ = ["Journal", "read_journal", "rewrite_journal"]


def read_journal(path: Path) -> tuple[list[ScoreRecord], bool]:
    """Every whole record, and whether a torn last line was left out.

    Raises:
        RunFolderError: a line before the last is not a record; the message names it.
    """
    if not path.is_file():
        return [], False
    data = path.read_bytes()
    *lines, tail = data.split(b"\n")
    records: list[ScoreRecord] = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(ScoreRecord.from_json(line.decode()))
        except (RunFolderError, UnicodeDecodeError) as error:
            raise RunFolderError(
                f"{path} line {number} is not a score record: restore the file from a copy, or delete that line "
                "and run the same command again."
            ) from error
    return records, bool(tail)


def rewrite_journal(path: Path, records: Iterable[ScoreRecord]) -> None:
    """Replace the journal in one atomic step.

    Raises:
        JournalWriteError: the disk is full or the folder cannot be written; the old journal is untouched.
    """
    try:
        with replacing(path, durable=True) as partial, partial.open("wb") as stream:
            stream.writelines(f"{record.to_json()}\n".encode() for record in records)
    except OSError as error:
        raise JournalWriteError(_write_message(path, error)) from error


class Journal:
    """Appends records to `scores.jsonl`; use as a context manager.

    Opening drops a torn last line. `keep` decides which earlier records stay (all by default); the
    others are done again by the caller. The lock of the run folder must be held.
    """

    def __init__(self, path: Path, keep: Callable[[ScoreRecord], bool] = lambda _: True) -> None:
        self.path = path
        records, torn = read_journal(path)
        self.records = list({record.key: record for record in records if keep(record)}.values())
        """What is recorded, in the order of the file."""
        if torn or len(self.records) != len(records):
            rewrite_journal(path, self.records)
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            # Unbuffered: a record is either handed to the operating system whole or not at all.
            self._stream = self.path.open("ab", buffering=0)
        except OSError as error:
            raise JournalWriteError(_write_message(self.path, error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def append(self, record: ScoreRecord) -> None:
        """Write one record and hand it to the operating system.

        Raises:
            JournalWriteError: the disk is full; what was written of the line is taken back.
        """
        if self._stream is None:
            raise RunFolderError(f"{self.path} is not open for writing.")
        line = f"{record.to_json()}\n".encode()
        start = self._stream.seek(0, os.SEEK_END)
        try:
            written = self._stream.write(line)
            if written != len(line):
                raise OSError(28, "No space left on device")  # noqa: TRY301 -- a short write is how a full disk looks
        except OSError as error:
            os.ftruncate(self._stream.fileno(), start)
            raise JournalWriteError(_write_message(self.path, error)) from error
        self.records.append(record)


def _write_message(path: Path, error: OSError) -> str:
    return (
        f"Cannot write {path} ({error.strerror or error}): everything recorded so far is kept; make room or fix the "
        "permissions, and run the same command again."
    )
