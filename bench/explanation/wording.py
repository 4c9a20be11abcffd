"""An explanation in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import few
from ..terminal.wording import counted
from .claims import Claim
from .search import Explanation, Way

__all__ = ["describe", "number_of_ways", "values_of"]

MOST_NAMES = 4
"""Protocols named for one way."""


def describe(explanation: Explanation) -> str:
    """What a claimed number is, or that no way gives it, in a few sentences."""
    claimed = _claimed(explanation.claims)
    if explanation.verdict == "unexplained":
        return _nothing(explanation, claimed)
    answer = explanation.answers[0]
    many = len(explanation.claims) > 1
    if explanation.verdict == "explained":
        is_are = "are" if many else "is"
        return f"{claimed} {is_are} {name(answer)}, over {counted(explanation.images, 'image')}. {_odds(explanation)}"
    more = "claim more digits" if many else "claim more digits, or SSIM too"
    return f"{claimed} could be {name(answer)}, but that explains nothing. {_odds(explanation)} To decide, {more}."


def name(way: Way) -> str:
    """A way with the protocols that measure so: `rain100h@1 (unrounded Y)`."""
    if not way.protocols:
        return way.words
    first, *others = way.protocols
    also = f"; the same here as {few(others, MOST_NAMES)}" if others else ""
    return f"{first} ({way.words}{also})"


def number_of_ways(number: int) -> str:
    """`2,133 ways`."""
    return f"{number:,} way{'' if number == 1 else 's'}"


def values_of(claims: Sequence[Claim], way: Way) -> list[str]:
    """The values of a way, each with two digits more than were claimed."""
    return [
        f"{value:.{max(claim.digits + 2, claim.facts.finer)}f}" for claim, value in zip(claims, way.values, strict=True)
    ]


def _claimed(claims: Sequence[Claim]) -> str:
    return " and ".join(map(str, claims))


def _odds(explanation: Explanation) -> str:
    giving = sum(way.tier <= explanation.answers[0].tier for way in explanation.answers)
    verb = "gives" if giving == 1 else "give"
    what = "these numbers" if len(explanation.claims) > 1 else "this number"
    return (
        f"{giving} of {number_of_ways(explanation.tried)} tried {verb} {what}; on average"
        f" {explanation.by_chance:.2g} of them would give an unrelated one."
    )


def _nothing(explanation: Explanation, claimed: str) -> str:
    tried = f"None of {number_of_ways(explanation.tried_in_all)} of measuring gives {claimed}"
    if not explanation.nearest:
        return f"{tried}: nothing was measured that could."
    differences = [
        f"{abs(difference):.{claim.digits}f}{f' {claim.facts.unit}' if claim.facts.unit else ''}"
        + (f" {claim.facts.title}" if len(explanation.claims) > 1 else "")
        for claim in explanation.claims
        if (difference := explanation.remaining[claim.metric]) or True
    ]
    nearest = explanation.nearest[0]
    text = (
        f"{tried}: beside the nearest, {name(nearest)}, a difference of {' and '.join(differences)} remains;"
        " weights or data differ."
    )
    alone = [
        f"{claim_words} alone would be {name(each.answers[0])}"
        for each in explanation.apart
        if each.verdict == "explained" and (claim_words := _claimed(each.claims))
    ]
    return f"{text} {'; '.join(alone)}." if alone else text
