"""Descriptions of exceptions that other people's code raised: one sentence with file and line, and a full account."""

from __future__ import annotations

import linecache
import site
import sysconfig
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Fault", "Place", "describe_fault", "innermost_own_frame"]

ENGINE = Path(__file__).parents[1]
"""The package `bench`, whose own frames explain nothing about a failing model."""

PACKAGES = tuple(str(ENGINE.with_name(name)) for name in ("bench", "datasets", "baselines", "reports"))
"""This program; in a checkout its tests stand beside it."""

LONGEST = 300
"""Characters of an exception's message that a sentence quotes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of source code that was running."""

    file: str
    line: int
    function: str

    @property
    def source(self) -> str:
        """The line itself, without its indentation; `""` where the file cannot be read."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        where = "" if self.function == "<module>" else f", in {self.function}"
        return f"{Path(self.file).name} line {self.line}{where}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One exception, described."""

    name: str
    """Its type: `ValueError`."""

    message: str
    """The first line of its message; `""` if it has none."""

    place: Place | None
    """The innermost line of the user's code, or else of any code but the engine's."""

    account: str
    """Several lines: the place, the frames of the user's code, and the whole traceback."""

    @property
    def kind(self) -> str:
        """The same text for failures of the same type at the same line."""
        return f"{self.name} at {self.place.file}:{self.place.line}" if self.place else f"{self.name}: {self.message}"

    @property
    def sentence(self) -> str:
        """Type, message and place, without a full stop: `ValueError: odd height (net.py line 7, in forward)`."""
        said = f"{self.name}: {self.message}" if self.message else self.name
        if not self.message and self.place is not None and self.place.source:
            said = f"{self.name} by `{self.place.source}`"
        return f"{said} ({self.place})" if self.place else said


def describe_fault(error: BaseException) -> Fault:
    """Describe an exception by where the user's code stood.

    >>> try:
    ...     [][1]
    ... except IndexError as error:
    ...     describe_fault(error).name
    'IndexError'
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_users(frame.filename)]
    others = [frame for frame in frames if not _inside(frame.filename, (str(ENGINE),))]
    innermost = (own or others or [None])[-1]
    place = None if innermost is None else Place(innermost.filename, innermost.lineno or 0, innermost.name)
    return Fault(type(error).__name__, _quoted(error), place, _account(error, place, own))


def innermost_own_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The innermost frame of this program that an exception passed through; `None` if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame for frame in reversed(frames) if _inside(frame.filename, PACKAGES)), None)


def _quoted(error: BaseException) -> str:
    """The first line of an exception's message, shortened; ` ...` stands for more."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001 -- the __str__ of a user's exception may raise anything
        return ""
    if not lines:
        return ""
    return f"{lines[0][:LONGEST]}{' ...' if len(lines) > 1 or len(lines[0]) > LONGEST else ''}"


def _account(error: BaseException, place: Place | None, own: list[traceback.FrameSummary]) -> str:
    said = "".join(traceback.format_exception_only(error)).rstrip()
    parts = [said]
    if place is not None:
        parts.append(f"at {place.file}, line {place.line}, in {place.function}: {place.source}")
    if own:
        parts.append("In your code, the innermost call last:\n" + "".join(traceback.format_list(own)).rstrip())
    parts.append("Complete traceback:\n" + "".join(traceback.format_exception(error)).rstrip())
    return "\n\n".join(parts) + "\n"


def _is_users(filename: str) -> bool:
    """Whether a frame is of neither the standard library, nor an installed package, nor the engine."""
    if filename.startswith("<"):
        return False
    return not _inside(filename, (str(ENGINE), *_installed()))


def _inside(filename: str, folders: tuple[str, ...]) -> bool:
    path = Path(filename)
    return any(path.is_relative_to(folder) for folder in folders)


@cache
def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib") if name in paths]
    # A file in the prefix of an environment is the user's unless it is in one of these folders.
    return tuple(dict.fromkeys([*folders, *site.getsitepackages(), site.getusersitepackages()]))
