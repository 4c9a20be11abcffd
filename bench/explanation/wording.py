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

_KINDS = ("{:,} protocols that differ here", "{:,} ways that measure all images", "{:,} ways tried")
"""What the ways of each tier are called."""


def describe(explanation: Explanation) -> str:
    """What gives a claimed number, or that no way does, in a few sentences."""
    claimed = _claimed(explanation.claims)
    if explanation.verdict == "unexplained":
        return _nothing(explanation, claimed)
    answer = explanation.answers[0]
    many = len(explanation.claims) > 1
    if explanation.verdict == "explained":
        is_are = "are" if many else "is"
        images = counted(explanation.images, "image")
        return f"{claimed} {is_are} reproduced by {name(answer)}; over {images}. {_odds(explanation)}"
    if explanation.remaining:
        return (
            f"{_nothing(explanation, claimed)} With subsets of the images and other averages it is reproduced by"
            f" {name(answer)}, which explains nothing: {_odds(explanation)}"
        )
    more = "claim more digits" if many else "claim more digits, or a second metric"
    return f"{claimed} may come from {name(answer)}. That explains nothing: {_odds(explanation)} To decide, {more}."


def name(way: Way) -> str:
    """A way with the protocols that measure so: `rain100h@1 (here the same as y@1): unrounded Y in 16..235`."""
    if not way.protocols:
        return way.words
    first, *others = way.protocols
    also = f" (here the same as {few(others, MOST_NAMES)})" if others else ""
    words = way.words
    for protocol in way.protocols:  # a view that is a protocol's own says nothing more
        words = words.removeprefix(f"as {protocol} does").removeprefix("; ")
        words = words.replace(f"as recorded by {protocol}", "as recorded")
    return f"{first}{also}: {words}" if words else f"{first}{also}"


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
    """How many ways give the number and how many would by chance, among those of the answer and among all."""
    few_give = sum(way.tier <= explanation.tier for way in explanation.answers)
    what, them = ("these numbers", "them") if len(explanation.claims) > 1 else ("this number", "it")
    if explanation.tried_in_all == 1:
        return f"It is the only way that was tried; by chance, {explanation.by_chance:.2g} would give {what}."
    text = (
        f"{few_give} of the {_KINDS[explanation.tier].format(explanation.tried)} {_give(few_give)} {what};"
        f" {explanation.by_chance:.2g} would by chance."
    )
    if explanation.tried == explanation.tried_in_all:
        return text
    every = len(explanation.answers)
    return (
        f"{text} Of all {number_of_ways(explanation.tried_in_all)} tried, {every} {_give(every)} {them};"
        f" {explanation.by_chance_in_all:.2g} would by chance."
    )


def _give(number: int) -> str:
    return "gives" if number == 1 else "give"


def _nothing(explanation: Explanation, claimed: str) -> str:
    images = counted(explanation.images, "image")
    subsets = f" that measure all {images}" if explanation.answers else f" of measuring {images}"
    tried = f"None of {number_of_ways(explanation.tried_whole if explanation.answers else explanation.tried_in_all)}"
    if not explanation.nearest:
        return f"{tried}{subsets} gives {claimed}: nothing that could was measured."
    nearest = explanation.nearest[0]
    text = (
        f"{tried}{subsets} gives {claimed}: a difference of {_differences(explanation)} remains, so the weights, the"
        f" inference or the data differ. The nearest is {name(nearest)}."
    )
    alone = [
        f"{_claimed(each.claims)} alone is reproduced by {name(each.answers[0])}"
        for each in explanation.apart
        if each.verdict == "explained"
    ]
    return f"{text} {'; '.join(alone)}." if alone else text


def _differences(explanation: Explanation) -> str:
    """`1.01 dB and 0.021 SSIM`."""
    parts: list[str] = []
    for claim in explanation.claims:
        unit = claim.facts.unit or claim.facts.title
        parts.append(f"{abs(explanation.remaining[claim.metric]):.{claim.digits}f} {unit}")
    return " and ".join(parts)
