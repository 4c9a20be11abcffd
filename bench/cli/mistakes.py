"""Errors that Cyclopts words badly: an unknown subcommand is no unused argument, and --quiet is not meant by --out."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclopts import CycloptsError, CycloptsPanel, MissingArgumentError, UnknownOptionError, UnusedCliTokensError

from ..errors import did_you_mean

if TYPE_CHECKING:
    from cyclopts import Argument
    from rich.panel import Panel

__all__ = ["explain"]

LISTED = 8
"""Most options to be listed where none is close to the one that was typed."""


def explain(error: CycloptsError) -> Panel:
    """Format a usage error of any command."""
    command = " ".join(("restorebench", *(error.command_chain or ())))
    commands = [name for name in error.app or () if not name.startswith("-")]
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens and error.command_chain and commands:
        typed = error.unused_tokens[0]
        return CycloptsPanel(f"`{command}` has no command {typed!r}{did_you_mean(typed, commands)}")
    if isinstance(error, UnknownOptionError) and error.token.source == "cli":
        typed = (error.token.keyword or error.token.value).partition("=")[0]
        known = [argument for argument in error.argument_collection if argument.parse and argument.names]
        if typed.startswith("--"):
            return CycloptsPanel(f"`{command}` has no option {typed}{_instead(typed, known, command)}")
    if isinstance(error, MissingArgumentError) and error.argument is not None and _is_absent(error):
        return CycloptsPanel(f"`{command}` needs {_shown(error.argument)}: `{command} --help` explains it.")
    return CycloptsPanel(error)


def _is_absent(error: MissingArgumentError) -> bool:
    """Whether an argument was left out: not given without its value, and not mistyped."""
    options = [each for each in error.unused_tokens or () if each.startswith("-")]
    return error.keyword is None and not options and not error.tokens_so_far


def _instead(typed: str, known: Sequence[Argument], command: str) -> str:
    """What may have been meant; the dashes that all options share make none of them similar."""
    bare = {name[2:].lower(): name for each in known for name in each.names if name.startswith("--")}
    close = difflib.get_close_matches(typed[2:].lower(), bare, n=1, cutoff=0.6)
    if close:
        return f": did you mean {bare[close[0]]}?"
    if len(known) > LISTED:
        return f": `{command} --help` lists its options."
    return f": it takes {', '.join(map(_shown, known))}; `{command} --help` explains them."


def _shown(argument: Argument) -> str:
    name = argument.names[0]
    return f"{name[2:].upper()} (or {name} {name[2:].upper()})" if argument.field_info.is_positional else name
