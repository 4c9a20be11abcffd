"""Help pages that fit the terminal: docstrings are wrapped anew, and commands of the examples can be copied whole."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cyclopts.help.formatters import DefaultFormatter

from .overview import WIDEST

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

__all__ = ["HelpFormatter", "shown_default"]


@dataclass(frozen=True)
class _Block:
    """Lines of a docstring that belong together.

    Attributes:
        text: joined to one line; of examples, as they stand.
        verbatim: whether it is examples, whose lines are never broken.
    """

    text: str
    verbatim: bool = False


class HelpFormatter(DefaultFormatter):
    """Cyclopts's formatter, which would keep the line breaks of the source and break commands at the margin."""

    def render_description(self, console: Console, options: ConsoleOptions, description: object) -> None:
        """Print the description of a command, and a blank line."""
        del options
        for block in _blocks(_plain(description)):
            if block.verbatim:
                console.print(block.text, soft_wrap=True, markup=False, highlight=False)
            else:
                console.print(block.text, width=min(console.width, WIDEST), markup=False, highlight=False)

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a panel of options or commands."""
        rendered = self._render_panel(panel.copy(entries=list(map(_entry, panel.entries))), console, options)
        console.print(rendered, width=min(console.width, WIDEST))


def shown_default(value: object) -> str | None:
    """Write the default of an option as it would be typed; None for switches and for what is empty."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, tuple):
        return " ".join(map(str, cast("tuple[object, ...]", value))) or None
    return (f"{value:g}" if isinstance(value, float) else str(value)) or None


def _entry(entry: HelpEntry) -> HelpEntry:
    says_it = "default" in _plain(entry.description)
    return entry.copy(description=_flowing(entry.description), default=None if says_it else entry.default)


def _flowing(description: object) -> object:
    """A description without the line breaks of its docstring; choices and defaults, which follow it, stay."""
    from rich.text import Text

    if not _plain(description):
        return description
    flowing = copy.copy(description)
    flowing.__dict__["primary_renderable"] = Text(" ".join(_plain(description).split()))
    return flowing


def _plain(description: object) -> str:
    return getattr(getattr(description, "primary_renderable", None), "plain", "")


def _blocks(text: str) -> Iterator[_Block]:
    """Divide a docstring into paragraphs and examples, with an empty block for each blank line."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = paragraph.splitlines()
        indented = [line[:1].isspace() for line in lines]
        prose = lines[: indented.index(True)] if any(indented) else lines
        if prose:
            yield _Block(" ".join(line.strip() for line in prose))
        if any(indented):
            yield _Block("\n".join(lines[len(prose) :]), verbatim=True)
        yield _Block("")
