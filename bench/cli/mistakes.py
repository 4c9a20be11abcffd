"""The error for an unknown subcommand, which Cyclopts would report as an unused argument of the parent command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import CycloptsError, CycloptsPanel, UnusedCliTokensError

from ..errors import did_you_mean

if TYPE_CHECKING:
    from rich.panel import Panel

__all__ = ["explain"]


def explain(error: CycloptsError) -> Panel:
    """Format a usage error of a command that has subcommands but also works without one."""
    commands = [name for name in error.app or () if not name.startswith("-")]
    if not isinstance(error, UnusedCliTokensError) or not error.unused_tokens or not commands:
        return CycloptsPanel(error)
    command, typed = " ".join(error.command_chain or ()), error.unused_tokens[0]
    return CycloptsPanel(f"`restorebench {command}` has no command {typed!r}{did_you_mean(typed, commands)}")
