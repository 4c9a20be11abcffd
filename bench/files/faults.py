"""Faults of the disk: which file it was, and one sentence about what to do."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..errors import first_line

__all__ = ["ELSEWHERE", "describe_os_error", "naming"]

FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
"""No space, a file beyond the allowed size, a quota."""

ELSEWHERE = {
    errno.ENOTDIR: "a part of this path is a file, so choose another one",
    errno.EEXIST: "a file is in the way, so choose another path",
    errno.EISDIR: "it is a folder, so name a file",
    errno.ENAMETOOLONG: "choose a shorter name",
}
"""What neither room nor permissions change."""

ADVICE = {
    **ELSEWHERE,
    **dict.fromkeys(FULL, "make room, or choose a place on another disk"),
    errno.EROFS: "choose a folder that can be written",
    errno.EACCES: "change the permissions, or choose another place",
    errno.EPERM: "change the permissions, or choose another place",
    errno.ENOENT: "check the path",
}


@contextmanager
def naming(path: Path, partial: Path | None = None) -> Generator[None]:
    """Give an `OSError` of the block the name of the file, which the error of a full disk lacks.

    Args:
        path: the file that is written, as the user knows it.
        partial: the temporary file or folder that is written in its place; names in it become names in `path`.
    """
    try:
        yield
    except OSError as error:
        written = _written(error)
        if written is None:
            error.filename = str(path)
        elif partial is not None and Path(written).is_relative_to(partial):
            error.filename, error.filename2 = str(path / Path(written).relative_to(partial)), None
        raise


def describe_os_error(error: OSError) -> str:
    """One sentence: which file, why, and what to do.

    >>> describe_os_error(OSError(errno.ENOSPC, "No space left on device", "out/report"))
    'Cannot write out/report (No space left on device): make room, or choose a place on another disk, and run the \
same command again; what was complete before is kept.'
    """
    name = _written(error)
    verb = "write" if error.errno in (*FULL, errno.EROFS) else "use"
    what = f"Cannot {verb} {'a file' if name is None else name} ({error.strerror or first_line(error)})"
    advice = ADVICE.get(error.errno or 0, "check the disk and the path")
    return f"{what}: {advice}, and run the same command again; what was complete before is kept."


def _written(error: OSError) -> str | None:
    """The file that was being written; of two, as in copying and renaming, it is the second."""
    name: object = error.filename if error.filename2 is None else error.filename2
    return name.decode(errors="replace") if isinstance(name, bytes) else None if name is None else str(name)
