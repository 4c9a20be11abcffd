"""The one module that prints. Results go to standard output, everything about them to standard error.

On a terminal tables are drawn to its width; in a pipe they are as wide as they need to be, without colour.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from .contracts import JsonValue

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["error", "hint", "new_table", "note", "print_json", "print_lines", "print_table", "print_text"]

PIPE_WIDTH = 400
"""Columns of a table that nobody's terminal limits."""


@cache
def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


def print_text(text: str) -> None:
    """Write text to standard output exactly as it is."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def print_lines(lines: Sequence[str]) -> None:
    """Write lines to standard output."""
    print_text("\n".join(lines))


def print_json(value: JsonValue) -> None:
    """Write one JSON document to standard output."""
    print_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def new_table(*columns: str, title: str | None = None, right: Sequence[str] = ()) -> Table:
    """A plain table; the columns named in `right` are right-aligned."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def print_table(table: Table) -> None:
    """Draw a table on standard output."""
    _console(stderr=False).print(table)


def note(message: str) -> None:
    """Say something about the work on standard error."""
    _console(stderr=True).print(message, markup=False)


def hint(message: str) -> None:
    """Say what a person could do next, on standard error."""
    _console(stderr=True).print(message, style="dim", markup=False)


def error(message: str) -> None:
    """Say what went wrong on standard error."""
    console = _console(stderr=True)
    console.print("restorebench: error:", style="bold red", end=" ", markup=False)
    console.print(message, markup=False)
