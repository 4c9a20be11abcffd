"""Printing: results go to standard output, everything about them to standard error.

No other module prints, and nothing that comes from a file acts on the terminal: see `screening`. Tables fit the width
of the terminal, without the columns that do not; in a pipe they are as wide as needed and uncoloured.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from ..contracts import JsonValue
from .fitting import fit_columns
from .screening import screened, screened_json
from .streams import OutputStream, lacks_characters, new_console
from .verbosity import verbosity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID
    from rich.table import Table

__all__ = [
    "RunProgress",
    "duration",
    "error",
    "hint",
    "new_table",
    "note",
    "print_json",
    "print_lines",
    "print_table",
    "print_text",
    "print_traceback",
]

PIPE_WIDTH = 10_000
"""Maximum width, in columns, of output that does not go to a terminal."""


@cache
def _console(*, stderr: bool) -> Console:
    tty = (sys.stderr if stderr else sys.stdout).isatty()
    width = None if tty else PIPE_WIDTH
    return new_console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False, soft_wrap=not tty)


def print_text(text: str) -> None:
    """Write text to standard output, screened, ending with a newline.

    Raises:
        OutputError: standard output cannot be written.
    """
    _write(screened(text))


def print_lines(lines: Sequence[str]) -> None:
    """Write lines to standard output."""
    print_text("\n".join(lines))


def print_json(value: JsonValue) -> None:
    """Write one JSON document to standard output, with escapes for characters that its encoding lacks."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    _write(json.dumps(value, indent=2, allow_nan=False) if lacks_characters(text) else screened_json(text))


def _write(text: str) -> None:
    if lacks_characters(text):
        note(f"Standard output is in {sys.stdout.encoding}, which lacks some characters: they are printed as '?'.")
    stream = OutputStream()
    stream.write(text if text.endswith("\n") else f"{text}\n")
    stream.flush()


def new_table(*columns: str, title: str | None = None, right: Sequence[str] = ()) -> Table:
    """Create a plain table; columns named in `right` are right-aligned."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def print_table(table: Table, keep: Sequence[str] = ()) -> None:
    """Draw a table on standard output; in a pipe, without trailing spaces.

    On a terminal, columns that do not fit are left out, which a note says, those in `keep` after all others, and the
    first of these last.
    """
    console = _console(stderr=False)
    if sys.stdout.isatty():
        removed = fit_columns(table, console, keep)
        console.print(table)
        if removed:
            note(f"Not shown at {console.width} columns: {', '.join(removed)}.")
        return
    with console.capture() as capture:
        console.print(table)
    _write("\n".join(line.rstrip() for line in capture.get().strip("\n").splitlines()))  # screened by the console


def note(message: str) -> None:
    """Print a note about the work on standard error, unless it is to be quiet."""
    if not verbosity().quiet:
        _console(stderr=True).print(message)


def hint(message: str) -> None:
    """Suggest the next step on standard error, unless it is to be quiet."""
    if not verbosity().quiet:
        _console(stderr=True).print(message, style="dim")


def error(message: str) -> None:
    """Print an error message on standard error."""
    console = _console(stderr=True)
    console.print("restorebench: error:", style="bold red", end=" ")
    console.print(message)


def print_traceback(account: str) -> None:
    """Print a traceback on standard error, without colour or wrapping."""
    account = screened(account)
    sys.stderr.write(account if account.endswith("\n") else f"{account}\n")
    sys.stderr.flush()


class RunProgress:
    """Progress of cells on standard error: a bar on a terminal, otherwise an occasional plain line; nothing if quiet.

    Args:
        unit: plural noun for the items counted.
    """

    EVERY_SECONDS = 15.0
    """Interval between plain lines."""

    def __init__(self, unit: str = "images") -> None:
        self._unit = unit
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._plain = _PlainProgress(unit)
        self._noted: set[str] = set()

    @property
    def noted(self) -> frozenset[str]:
        """The messages that `note` has shown."""
        return frozenset(self._noted)

    def start(self, title: str, total: int, done: int) -> None:
        """Begin a cell with a new bar, so that the bars of finished cells stay visible."""
        if not sys.stderr.isatty() or verbosity().quiet:
            self._plain.start(title, total, done)
            return
        self._bar = _bar(_console(stderr=True))
        self._bar.start()
        self._task = self._bar.add_task(title, total=total, completed=done, fresh=0, rate="")

    def rename(self, title: str) -> None:
        """Change the title of the running task."""
        if self._bar is None or self._task is None:
            self._plain.rename(title)
        else:
            self._bar.update(self._task, description=title)

    def advance(self) -> None:
        """Count one image."""
        if self._bar is None or self._task is None:
            self._plain.advance()
            return
        task = self._bar.tasks[0]
        fresh = int(task.fields["fresh"]) + 1
        rate = fresh / task.elapsed if task.elapsed else 0.0
        self._bar.update(self._task, advance=1, fresh=fresh, rate=f"{rate:.2f} {self._unit}/s")

    def note(self, message: str) -> None:
        """Print a line above the bar, once for each message."""
        if message in self._noted:
            return
        self._noted.add(message)
        note(message) if self._bar is None else self._bar.console.print(message)

    def finish(self) -> None:
        """Stop the bar and leave it on screen."""
        if self._bar is None:
            self._plain.finish()
        else:
            self._bar.stop()
            self._bar = None


class _PlainProgress:
    """Progress lines for logs: `12/100 images, 0.8 images/s, 1 min 50 s left`."""

    def __init__(self, unit: str) -> None:
        self._unit = unit

    def start(self, title: str, total: int, done: int) -> None:
        self._title, self._total, self._done, self._fresh = title, total, done, 0
        self._began = self._said = time.monotonic()
        of = f"{total} {self._unit.removesuffix('s') if total == 1 else self._unit}"
        note(f"{title}: {done} of {of} already recorded" if done else f"{title}: {of}")

    def rename(self, title: str) -> None:
        self._title = title

    def advance(self) -> None:
        self._fresh += 1
        now = time.monotonic()
        if now - self._said < RunProgress.EVERY_SECONDS:
            return
        self._said = now
        left = (self._total - self._done - self._fresh) * (now - self._began) / self._fresh
        note(f"{self._state(now)}, {duration(left)} left")

    def finish(self) -> None:
        if self._fresh:
            note(self._state(time.monotonic()))

    def _state(self, now: float) -> str:
        rate = self._fresh / max(1e-9, now - self._began)
        return f"{self._title}: {self._done + self._fresh}/{self._total} {self._unit}, {rate:.2f} {self._unit}/s"


def _bar(console: Console) -> Bar:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
    )


def duration(seconds: float) -> str:
    """Format a duration for people.

    >>> duration(5), duration(125), duration(7322)
    ('5 s', '2 min 5 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 -- seconds in a minute
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 -- minutes in an hour
