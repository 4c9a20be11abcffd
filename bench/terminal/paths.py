"""Paths in one style: as they can be typed where the command was started."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["remember_working_folder", "shown_path", "typed_command", "typed_path"]

_started: list[Path | None] = [None]
"""The working folder of the command, which a model of the user's may change."""


def remember_working_folder() -> None:
    """Take the present working folder for the one of the command; without this, it is the present one each time."""
    try:
        _started[0] = Path.cwd()
    except OSError:  # it has been deleted
        _started[0] = None


def shown_path(path: Path) -> str:
    """A path as messages print it: relative to the working folder if it is inside, otherwise absolute.

    >>> shown_path(Path.cwd() / "out" / "report"), shown_path(Path("out")), shown_path(Path("/data/Rain100H"))
    ('out/report', 'out', '/data/Rain100H')
    """
    try:
        here = _started[0] or Path.cwd()
    except OSError:
        return str(path)
    whole = Path(os.path.normpath(here / path))
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)


def typed_path(path: Path) -> str:
    """A path as a command that a message suggests holds it: quoted if the shell would split it.

    >>> typed_path(Path("my runs")), typed_path(Path("runs"))
    ("'my runs'", 'runs')
    """
    return typed_command([shown_path(path)])


def typed_command(words: Sequence[str]) -> str:
    """A command as it is typed into the shell of the system: the one of Windows knows no single quotes.

    >>> typed_command(["restorebench", "report", "my runs"])
    "restorebench report 'my runs'"
    """
    if sys.platform == "win32":
        import subprocess

        return subprocess.list2cmdline(words)
    return shlex.join(words)
