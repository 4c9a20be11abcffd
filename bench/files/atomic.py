"""Atomic file writes: to a temporary file beside the destination, which then replaces it in one step."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["remove_partials", "replacing", "write_atomic"]


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Generator[Path]:
    """Yield a temporary path whose file replaces `path` when the block ends.

    If the block fails or is interrupted, `path` is unchanged and the temporary file is removed. Several processes may
    write the same file at once: the last to finish wins, and no reader sees a mixture.

    Args:
        path: the destination; its folder exists.
        durable: sync the content to disk before renaming, so that even a power failure leaves either the old or the
            new file. Costs a wait for the disk.

    Raises:
        OSError: the file cannot be written.
    """
    # Not tempfile, which makes files readable by their owner only, whatever the umask.
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield partial
        if durable:
            with partial.open("rb+") as file:  # some systems sync only files open for writing
                os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


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


def remove_partials(folder: Path) -> None:
    """Remove temporary files left by a killed process. No other process may be writing in the folder."""
    for partial in folder.glob(".*.part"):
        partial.unlink(missing_ok=True)
