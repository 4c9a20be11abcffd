"""Files that are written whole or not at all: beside their destination first, then renamed onto it in one step."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["remove_partials", "replacing", "write_atomic"]


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Generator[Path]:
    """Give the block a path to write to; what it wrote takes the place of `path` when the block ends.

    If the block fails or is interrupted, `path` is as it was and nothing else is left. Several processes may write the
    same file at a time: the last one to finish wins, and no reader sees a mixture.

    Args:
        path: the destination; its folder exists.
        durable: whether the content reaches the disk before the name does, so that a power failure leaves the old
            file or the new one, too. It costs a wait for the disk.

    Raises:
        OSError: it cannot be written.
    """
    # Not tempfile: that gives files to their owner alone, whatever the umask says.
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield partial
        if durable:
            with partial.open("rb+") as file:  # some systems flush only what is open for writing
                os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file by `replacing` it.

    Args:
        path: the destination; missing folders are made.
        content: text becomes UTF-8, its line ends as they are on every system.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)


def remove_partials(folder: Path) -> None:
    """Remove what a killed process left of files that it was replacing. Nobody else may be writing in the folder."""
    for partial in folder.glob(".*.part"):
        partial.unlink(missing_ok=True)
