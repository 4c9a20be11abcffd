"""The failed images of a cell: one message and one file for each kind of failure, and when to stop."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ..errors import StoppedError
from ..runs.records import ScoreRecord
from ..terminal.paths import shown_path
from ..terminal.progress import Progress
from ..terminal.wording import counted
from .remarks import Remarks

__all__ = ["FAILURES_FOLDER", "FailureLog"]

FAILURES_FOLDER = "failures"
"""In a run folder: the traceback of the first failure of each kind, `1.txt`, `2.txt`, ..."""

FIRST_FAILURES = 8
"""A cell whose first so many images all fail is stopped, unless the user has said when to stop."""


class FailureLog:
    """Counts failures by kind, and says each kind once.

    Args:
        folder: the run folder; traceback files of an earlier call are deleted, because its failed images are done
            again.
        progress: shows the first failure of each kind.
        most: stop after so many failed images; `None` stops when the first 8 all fail.
        verbose: also tell the progress the traceback.
    """

    def __init__(self, folder: Path, progress: Progress, *, most: int | None, verbose: bool) -> None:
        self._folder = folder / FAILURES_FOLDER
        self._progress, self._most, self._verbose = progress, most, verbose
        self._kinds: Counter[str] = Counter()
        self._said: dict[str, str] = {}
        self._images = 0
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, record: ScoreRecord, remarks: Remarks | None) -> None:
        """Take the record of an image, failed or not.

        Raises:
            StoppedError: too many have failed.
            OSError: the traceback cannot be written.
        """
        self._images += 1
        if record.status == "failed":
            self._failed(record, remarks)
            self._stop_if_hopeless(record)

    def repeated(self) -> Iterator[str]:
        """A sentence for each kind that was seen more than once."""
        for kind, count in self._kinds.items():
            if count > 1:
                yield f"{counted(count, 'image')} failed like this: {self._said[kind]}"

    @property
    def failed(self) -> int:
        """Images that failed."""
        return self._kinds.total()

    def _failed(self, record: ScoreRecord, remarks: Remarks | None) -> None:
        fault = None if remarks is None else remarks.fault
        kind = (record.reason or "") if fault is None else fault.kind
        self._kinds[kind] += 1
        if kind in self._said:
            return
        said = f"{record.key}: {record.reason}"
        if remarks is not None and fault is not None:
            self._folder.mkdir(exist_ok=True)
            file = self._folder / f"{len(list(self._folder.iterdir())) + 1}.txt"
            file.write_text(f"{record.key}\n{fault.account}", encoding="utf-8")
            said += f"{f' {remarks.advice}' if remarks.advice else ''} The traceback is in {shown_path(file)}."
        self._said[kind] = said
        self._progress.note(said)
        if self._verbose and fault is not None:
            self._progress.note(fault.account)

    def _stop_if_hopeless(self, record: ScoreRecord) -> None:
        if self._most is not None:
            if self.failed >= self._most:
                raise StoppedError(
                    f"Stopped after {counted(self.failed, 'failed image')}, as asked; the last is {record.key}: "
                    f"{record.reason}"
                )
        elif self.failed == self._images == FIRST_FAILURES:
            raise StoppedError(
                f"Stopped because the first {FIRST_FAILURES} images all failed, the last by this: {record.reason} "
                "Repair it and run the same command again, or go on to the end with --max-failures N."
            )
