"""Which ways of measuring give a claimed number, and how many would give any number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Literal

from .averages import PLAIN, Average, averages_for
from .claims import Claim
from .measurements import Measurements
from .readings import Reading, View

__all__ = ["CHANCE", "Explanation", "Searched", "Verdict", "Way", "explain_claims"]

Verdict = Literal["explained", "possible", "unexplained"]
"""`explained`: a way gives the number, where at most one in twenty unrelated numbers would be given by any;
`possible`: a way gives it, as one would give many numbers; `unexplained`: none does."""

CHANCE = 0.05
"""Largest expected number of ways that give an unrelated number, for a way to be an explanation."""

NEAREST = 3
"""Ways shown that come nearest."""

SAME = 0.02
"""Of a printed unit: ways that differ by less are one way."""

Tier = Literal[0, 1, 2]
"""0: a protocol, on all of the restored images that were given; 1: any way on all images; 2: other averages too."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of measuring every claimed metric."""

    values: tuple[float, ...]
    """In the order of the claims."""

    pieces: tuple[str, ...]
    """What the way does, in words; those that say nothing are `""`."""

    protocols: tuple[str, ...] = ()
    """Protocols that measure so."""

    tier: Tier = 1
    departures: int = 0
    same: tuple[tuple[str, ...], ...] = field(default=(), compare=False)
    """The pieces of further ways that give the same to a fiftieth of a printed digit."""

    @property
    def measures_all(self) -> bool:
        """Whether it is a plain mean over all images."""
        return self.tier != 2  # noqa: PLR2004 -- subsets and other averages

    @property
    def words(self) -> str:
        """What the way does."""
        return "; ".join(filter(None, self.pieces))


@dataclass(frozen=True, slots=True)
class Searched:
    """One restoration, and how it may be measured."""

    measured: Measurements
    views: Sequence[View]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a claimed number."""

    claims: tuple[Claim, ...]
    verdict: Verdict
    images: int
    tried: int
    """Ways that give different numbers, among which the answers are."""

    by_chance: float
    """How many of those ways would give an unrelated number near the claimed one, on average."""

    tier: Tier
    """Of the ways among which the answers are."""

    answers: tuple[Way, ...]
    """Every way that gives the number, the simplest first; protocols before others, all images before subsets."""

    nearest: tuple[Way, ...]
    """Ways on all images that come nearest without giving it."""

    tried_whole: int
    """Ways that give different numbers and measure all images."""

    tried_in_all: int
    """Ways that give different numbers, subsets of the images and other averages included."""

    by_chance_in_all: float
    """How many of all ways would give an unrelated number near the claimed one, on average."""

    untried: tuple[str, ...] = ()
    """What could still give the number and was not tried, and how to try it; empty for a number that is explained."""

    apart: tuple[Explanation, ...] = ()
    """Of each claimed number by itself, where several are claimed and no way gives them together."""

    @property
    def remaining(self) -> Mapping[str, float]:
        """Metric to claimed minus measured, by the nearest way on all images; empty if such a way gives the number."""
        if not self.nearest or any(way.measures_all for way in self.answers):
            return {}
        pairs = zip(self.claims, self.nearest[0].values, strict=True)
        return {claim.metric: claim.value - value for claim, value in pairs}


def explain_claims(claims: Sequence[Claim], searched: Sequence[Searched], *, prefer: str = "") -> Explanation:
    """Search for the ways that give all claimed numbers at once, or else each by itself.

    The ways are searched in three tiers, each of which contains the one before: protocols, any combination of the
    pieces on all images, and subsets and other averages. The answer is from the first tier that has one, and counts
    as an explanation only if that tier would seldom give an unrelated number.

    Args:
        claims: the printed numbers, of one source.
        searched: restorations with their views; the images that were given first.
        prefer: protocol that is named first where several measure alike, usually the data set's own.
    """
    together = _explain(claims, searched, prefer)
    if together.answers or len(claims) == 1:
        return together
    return replace(together, apart=tuple(_explain([claim], searched, prefer) for claim in claims))


def _explain(claims: Sequence[Claim], searched: Sequence[Searched], prefer: str) -> Explanation:
    ways = _distinct(_ways(claims, searched), claims, prefer)
    tier: Tier = 2
    answers: list[Way] = []
    for each in (0, 1, 2):
        tier = each
        answers = [way for way in ways if way.tier <= each and _gives(way, claims)]
        if answers:
            break
    within = [way for way in ways if way.tier <= tier]
    by_chance = math.fsum(_chance(way, claims) for way in within)
    explained = bool(answers) and by_chance <= CHANCE
    others = [way for way in ways if way.tier > tier and _gives(way, claims)]
    whole = [way for way in ways if way.measures_all and not _gives(way, claims)]
    return Explanation(
        claims=tuple(claims),
        verdict="explained" if explained else "possible" if answers else "unexplained",
        images=max((len(each.measured.images.pixels) for each in searched), default=0),
        tried=len(within),
        by_chance=by_chance,
        tier=tier,
        answers=tuple(sorted([*answers, *others], key=partial(_order, prefer))),
        nearest=tuple(sorted(whole, key=lambda way: (_distance(way, claims), way.departures))[:NEAREST]),
        tried_whole=sum(way.measures_all for way in ways),
        tried_in_all=len(ways),
        by_chance_in_all=math.fsum(_chance(way, claims) for way in ways),
    )


def _gives(way: Way, claims: Sequence[Claim]) -> bool:
    return all(claim.is_met(value) for claim, value in zip(claims, way.values, strict=True))


def _chance(way: Way, claims: Sequence[Claim]) -> float:
    return math.prod(claim.chance(value) for claim, value in zip(claims, way.values, strict=True))


def _distance(way: Way, claims: Sequence[Claim]) -> float:
    return max(claim.distance(value) for claim, value in zip(claims, way.values, strict=True))


def _order(prefer: str, way: Way) -> tuple[int, bool, int]:
    return way.tier, prefer not in way.protocols, way.departures


def _simplicity(way: Way) -> tuple[int, int]:
    return way.tier, way.departures


def _ways(claims: Sequence[Claim], searched: Sequence[Searched]) -> Iterator[Way]:
    for restoration in searched:
        infinite = any(
            math.isinf(value)
            for view in restoration.views
            for reading in view.readings.get("psnr", ())[:1]
            for value in reading.values
        )
        for average in averages_for(restoration.measured.images, infinite=infinite):
            for view in restoration.views:
                yield from _ways_of(claims, restoration.measured, view, average)


def _ways_of(claims: Sequence[Claim], measured: Measurements, view: View, average: Average) -> Iterator[Way]:
    options: list[list[tuple[int, Reading, float]]] = []
    for claim in claims:
        readings = view.readings.get(claim.metric, ())
        means = [reading.mean(average, measured.images) for reading in readings]
        options.append([(place, readings[place], mean) for place, mean in enumerate(means) if not math.isnan(mean)])
    for chosen in product(*options):
        forms = {claim.metric: reading.form for claim, (_, reading, _) in zip(claims, chosen, strict=True)}
        protocols = tuple(
            name
            for name, known in view.protocols.items()
            if average == PLAIN and all(known.get(metric) == form for metric, form in forms.items())
        )
        yield Way(
            values=tuple(mean for *_, mean in chosen),
            pieces=(view.words, *(reading.words for _, reading, _ in chosen), measured.label, average.words),
            protocols=protocols,
            tier=2 if average != PLAIN else 0 if protocols and not measured.again else 1,
            departures=view.departures
            + sum(place > 0 for place, _, _ in chosen)
            + bool(measured.label)
            + (average != PLAIN),
        )


def _distinct(ways: Iterable[Way], claims: Sequence[Claim], prefer: str) -> list[Way]:
    """Ways that give different numbers; of those that give the same the simplest, which names the protocols of all."""
    cells: dict[tuple[int, ...], list[list[Way]]] = {}
    clusters: list[list[Way]] = []
    for way in sorted(ways, key=_simplicity):
        steps = _steps(way, claims)
        cell = tuple(math.floor(step) if math.isfinite(step) else -1 for step in steps)
        around = product(*((place - 1, place, place + 1) for place in cell))
        near = (cluster for each in around for cluster in cells.get(each, ()))
        found = next((cluster for cluster in near if _within_a_step(steps, _steps(cluster[0], claims))), None)
        if found is None:
            found = list[Way]()
            clusters.append(found)
            cells.setdefault(cell, []).append(found)
        found.append(way)
    return [_together(cluster, prefer) for cluster in clusters]


def _steps(way: Way, claims: Sequence[Claim]) -> tuple[float, ...]:
    """The values in fiftieths of a printed unit."""
    return tuple(value / (2 * claim.half_unit * SAME) for claim, value in zip(claims, way.values, strict=True))


def _within_a_step(steps: Sequence[float], others: Sequence[float]) -> bool:
    return all(step == other or abs(step - other) <= 1 for step, other in zip(steps, others, strict=True))


def _together(same: Sequence[Way], prefer: str) -> Way:
    first, *rest = same
    known = {name for way in same for name in way.protocols}
    # Short names are the general ones: rgb@1, y@1.
    names = sorted(known, key=lambda name: (name != prefer, len(name), name))
    return replace(first, protocols=tuple(names), same=tuple(way.pieces for way in rest))
