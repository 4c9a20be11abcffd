"""What a value rests on: somebody's word, his images, or a run of one's own."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["MEANINGS", "TRUST_LEVELS", "Trust", "at_least"]

Trust = Literal["claimed", "re-scored", "re-run"]
"""In ascending order. It says what those who make a table or site did themselves; no run says it of itself."""

TRUST_LEVELS: tuple[Trust, ...] = get_args(Trust)

MEANINGS: dict[Trust, str] = {
    "claimed": "claimed: as its submitter recorded it",
    "re-scored": "re-scored: measured again from the submitted images",
    "re-run": "re-run: the images were restored again by those who made this table",
}
"""What each level means, for legends."""


def at_least(level: Trust, required: Trust) -> bool:
    """Whether a level is no lower than the required one.

    >>> at_least("re-run", "re-scored"), at_least("claimed", "re-scored")
    (True, False)
    """
    return TRUST_LEVELS.index(level) >= TRUST_LEVELS.index(required)
