"""Options that mean something beside another option only."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import UsageError

__all__ = ["refuse_without"]


def refuse_without(owner: str, options: Mapping[str, bool], *, given: bool) -> None:
    """Refuse options without the one that they belong to: they would do nothing.

    Args:
        owner: `--by`.
        options: name of each option, and whether it was given.
        given: whether the owner was.

    Raises:
        UsageError: an option was given, and its owner was not.
    """
    for option, used in options.items():
        if used and not given:
            raise UsageError(f"{option} belongs to {owner}: add it, or leave {option} out.")
