"""Temporary files beside their destinations: names that say who writes them, and removal of what a kill left behind.

A name holds the host and the process of its writer, `.state.pt.1f3a-2b7c-9d0e41.part`, so that the leftover of a
killed process is told from the work of a living one.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import sys
import threading
import time
import zlib
from collections.abc import Generator
from functools import cache
from pathlib import Path

__all__ = ["has_partials", "partial_folder", "partial_path", "remove_partials"]

NAME = re.compile(r"\..*\.(?:(?P<host>[0-9a-f]{4})-(?P<process>[0-9a-f]+)-[0-9a-f]{6}|[0-9a-f]{8})\.part", re.DOTALL)
"""The second form, of version 0.1.0, does not say who wrote it."""

SHOWN = 40
"""Characters of the destination's name in that of its temporary file, which file systems limit to 255 bytes."""

OLD_SECONDS = 24 * 3600.0
"""Age from which a temporary file is removed if its writer cannot be asked for, such as one on another host."""

_lock = threading.Lock()
_in_use: set[Path] = set()
_tidied: set[Path] = set()


@contextlib.contextmanager
def partial_path(path: Path) -> Generator[Path]:
    """Yield the path of a temporary file beside `path`; whatever is there when the block ends is removed.

    The first time that a process writes into a folder, the leftovers of killed processes are removed from it.
    """
    _tidy_once(path.parent)
    with _new(path) as partial:
        yield partial


@contextlib.contextmanager
def partial_folder(path: Path) -> Generator[Path]:
    """Yield a temporary folder beside `path`, which is removed when the block ends.

    The leftovers of killed processes are removed once it exists, so that `has_partials` never forgets a killed one.

    Raises:
        OSError: it cannot be made.
    """
    with _new(path) as partial:
        partial.mkdir()
        remove_partials(path.parent)
        yield partial


def has_partials(path: Path) -> bool:
    """Whether a temporary file of this destination is there, of a living or a killed process."""
    return any(found.name.startswith(_stem(path)) for found in _partials(path.parent))


def remove_partials(folder: Path) -> None:
    """Remove the temporary files, and folders, of processes that are gone. Others may be writing in the folder."""
    for partial in _partials(folder):
        if _is_leftover(partial):
            _remove(partial)


@contextlib.contextmanager
def _new(path: Path) -> Generator[Path]:
    # Not tempfile, which makes files readable by their owner only, whatever the umask.
    partial = path.with_name(f"{_stem(path)}{_host()}-{os.getpid():x}-{secrets.token_hex(3)}.part")
    with _lock:
        _in_use.add(partial)
    try:
        yield partial
    finally:
        _remove(partial)
        with _lock:
            _in_use.discard(partial)


def _tidy_once(folder: Path) -> None:
    place = folder.absolute()
    with _lock:
        if place in _tidied:
            return
        _tidied.add(place)
    remove_partials(folder)


def _partials(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if NAME.fullmatch(path.name)]
    except OSError:  # whoever writes there will say so
        return []


def _is_leftover(partial: Path) -> bool:
    found = NAME.fullmatch(partial.name)
    if found is None or partial in _in_use:
        return False
    if found["host"] == _host() and sys.platform != "win32":
        return not _runs(int(found["process"], 16))
    try:
        return time.time() - partial.stat().st_mtime > OLD_SECONDS
    except OSError:  # somebody else has removed it
        return False


def _runs(process: int) -> bool:
    """Whether another process of this number exists; that of this process is a leftover of an earlier one."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it exists, but belongs to somebody else
        return True
    return True


@cache
def _host() -> str:
    """Four digits for the machine, and for the container where process numbers are its own."""
    try:
        numbers = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbers = ""
    return f"{zlib.crc32(f'{socket.gethostname()} {numbers}'.encode()) & 0xFFFF:04x}"


def _stem(path: Path) -> str:
    return f".{path.name[:SHOWN]}."


def _remove(partial: Path) -> None:
    if partial.is_dir() and not partial.is_symlink():
        shutil.rmtree(partial, ignore_errors=True)
        return
    with contextlib.suppress(OSError):  # a leftover is no reason to stop the work
        partial.unlink()
