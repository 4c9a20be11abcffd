"""A lock that allows one writer per run folder; it is released when its process ends, even by `kill -9`."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import RunLockedError

__all__ = ["hold"]

LOCK_FILE = ".lock"
HOLDER_FILE = ".lock-holder.json"


@contextlib.contextmanager
def hold(folder: Path) -> Generator[None]:
    """Lock the folder for the duration of the block.

    Raises:
        RunLockedError: another process holds the lock; the message names the process, its host and the start time.
    """
    holder = folder / HOLDER_FILE
    lock = FileLock(folder / LOCK_FILE, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise RunLockedError(
            f"{folder} is being written by {_describe(holder)}: wait for it, stop it, or choose a different --out."
        ) from error
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _describe(holder: Path) -> str:
    try:
        facts = json.loads(holder.read_text())
        return f"process {facts['pid']} on {facts['host']} since {facts['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
