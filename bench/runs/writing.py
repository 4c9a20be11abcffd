"""The one sentence about a run folder that cannot be written."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

from ..errors import JournalWriteError
from ..files.faults import ELSEWHERE

__all__ = ["KEPT", "make_folders_below", "refuse_vanished", "vanished", "writing"]

KEPT = "everything recorded so far is kept"


@contextlib.contextmanager
def writing(place: Path, *, run: Path | None = None, kept: str = KEPT, otherwise: str = "") -> Generator[None]:
    """Turn what a full disk or a lack of permission raises in the block into a sentence.

    Args:
        place: the file that is written, or the folder that it is in.
        run: the run folder that `place` is in, if it exists when the block begins; that it is gone when the block
            fails is then the reason.
        kept: what is not lost.
        otherwise: another way out, beside making room: `, or use --save-images none`.

    Raises:
        JournalWriteError: a file cannot be written.
    """
    try:
        yield
    except OSError as error:
        if run is not None and not run.is_dir():
            raise vanished(run) from error
        name = error.filename if place.is_dir() and error.filename else place
        advice = ELSEWHERE.get(error.errno or 0, "make room or fix the permissions")
        raise JournalWriteError(
            f"Cannot write {name} ({error.strerror or error}): {kept}; {advice}, and run the same command again"
            f"{otherwise}."
        ) from error


def refuse_vanished(folder: Path) -> None:
    """Refuse to go on in a run folder that is not there any more; writing would make a torso of it.

    Raises:
        JournalWriteError: the folder was deleted or moved since the run began.
    """
    if not folder.is_dir():
        raise vanished(folder)


def make_folders_below(run: Path, folder: Path) -> None:
    """Make a folder inside a run folder, and never the run folder itself: it may just have been deleted.

    Raises:
        FileNotFoundError: the run folder is not there.
    """
    for parent in reversed([folder, *folder.parents]):
        if parent.is_relative_to(run) and parent != run:
            parent.mkdir(exist_ok=True)


def vanished(folder: Path) -> JournalWriteError:
    """The error of a run folder that is not there any more."""
    return JournalWriteError(
        f"{folder} was deleted or moved while it was being written: put it back and run the same command again to go "
        "on, or run it again to start anew."
    )
