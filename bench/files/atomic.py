"""Atomic file writes: to a temporary file beside the destination, which then replaces it in one step."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .faults import naming
from .partials import partial_path

__all__ = ["replace_file", "replacing", "write_atomic"]

HELD = (5, 32)
"""Errors of Windows when a file is replaced that somebody has open: access denied, sharing violation."""

PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds to wait for whoever has the file open: another reader, a virus scanner, an indexer."""

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
        replace_file(partial, destination)


def replace_file(source: Path, destination: Path) -> None:
    """Move a file or folder to where another may be, waiting up to two seconds for whoever has that one open.

    Windows, unlike other systems, does not replace a file that is open.

    Raises:
        OSError: it cannot be moved.
    """
    for pause in PAUSES:
        try:
            source.replace(destination)
        except PermissionError as error:
            if getattr(error, "winerror", None) not in HELD:
                raise
            time.sleep(pause)
        else:
            return
    source.replace(destination)


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
