"""Atomic file writes: to a temporary file beside the destination, which then replaces it in one step."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .faults import naming
from .partials import partial_path

__all__ = ["replacing", "write_atomic"]

STREAM = re.compile(r"/dev/(stdin|stdout|stderr|fd/\d+)|/proc/[^/]+/fd/\d+")


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Generator[Path]:
    """Yield a temporary path whose file replaces `path` when the block ends.

    If the block fails or is interrupted, `path` is unchanged and the temporary file is removed. Several processes may
    write the same file at once: the last to finish wins, and no reader sees a mixture. What a killed process left in
    the folder is removed. A symbolic link stays, and the file that it points to is replaced; a device or a pipe, which
    nothing can replace, is written directly.

    Args:
        path: the destination; its folder exists.
        durable: sync the content to disk before renaming, so that even a power failure leaves either the old or the
            new file. Costs a wait for the disk.

    Raises:
        OSError: the file cannot be written; its `filename` is `path`.
    """
    if _is_stream(path):
        with naming(path):
            yield path
        return
    destination = path.resolve() if path.is_symlink() else path
    with partial_path(destination) as partial, naming(path, partial):
        yield partial
        if durable:
            with partial.open("rb+") as file:  # some systems sync only files open for writing
                os.fsync(file.fileno())
        partial.replace(destination)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file atomically.

    Args:
        path: the destination; missing folders are created.
        content: text is encoded as UTF-8, with line endings unchanged on every system.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)


def _is_stream(path: Path) -> bool:
    """Whether a path leads to a device, a pipe, or whatever a standard stream of this process is."""
    if STREAM.fullmatch(path.as_posix()):
        return True
    try:
        mode = path.stat().st_mode
    except OSError:  # it does not exist yet
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
