"""Paths in one style: as they can be typed where the command was started."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

__all__ = ["remember_working_folder", "shown_path", "typed_path"]

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
    return shlex.quote(shown_path(path))
