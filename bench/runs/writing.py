"""The one sentence about a run folder that cannot be written."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

from ..errors import JournalWriteError

__all__ = ["KEPT", "writing"]

KEPT = "everything recorded so far is kept"


@contextlib.contextmanager
def writing(place: Path, *, kept: str = KEPT, otherwise: str = "") -> Generator[None]:
    """Turn what a full disk or a lack of permission raises in the block into a sentence.

    Args:
        place: the file that is written, or the folder that it is in.
        kept: what is not lost.
        otherwise: another way out, beside making room: `, or use --save-images none`.

    Raises:
        JournalWriteError: a file cannot be written.
    """
    try:
        yield
    except OSError as error:
        name = error.filename if place.is_dir() and error.filename else place
        raise JournalWriteError(
            f"Cannot write {name} ({error.strerror or error}): {kept}; make room or fix the permissions, and run the "
            f"same command again{otherwise}."
        ) from error
