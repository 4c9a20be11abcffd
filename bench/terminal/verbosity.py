"""How much is shown on standard error: everything about the work, errors alone, or tracebacks too."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UsageError

__all__ = ["Verbosity", "set_verbosity", "verbosity"]


@dataclass(frozen=True, slots=True)
class Verbosity:
    """What a command shows besides its results and errors."""

    quiet: bool = False
    """No progress, no notes, no hints."""

    verbose: bool = False
    """The traceback behind each kind of failure."""

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise UsageError("--verbose and --quiet contradict each other: give one.")


_chosen = [Verbosity()]
"""One for the process, since threads and progress bars share its standard error."""


def set_verbosity(chosen: Verbosity) -> None:
    """Choose how much is shown from now on."""
    _chosen[0] = chosen


def verbosity() -> Verbosity:
    """What is chosen."""
    return _chosen[0]
