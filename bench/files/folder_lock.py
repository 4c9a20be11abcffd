"""A lock that allows one writer per run folder; it is released when its process ends, even by `kill -9`."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import RunLockedError
from .codec import decode, encode, parse_json
from .faults import naming

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
        with naming(holder):
            holder.write_text(json.dumps(encode(_Holder(os.getpid(), socket.gethostname(), since))), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who holds a folder."""

    pid: int
    host: str
    since: str
    """UTC, ISO 8601."""


def _describe(path: Path) -> str:
    try:
        holder = decode(_Holder, parse_json(path.read_bytes()))
    except (OSError, ValueError):
        return "another process"
    return f"process {holder.pid} on {holder.host} since {holder.since}"
