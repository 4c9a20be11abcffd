"""Win matrices: which models are significantly better than which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..metrics.metric import MetricFacts
from .comparison import Comparison

__all__ = ["ALPHA", "Duel", "WinMatrix", "win_matrices"]

ALPHA = 0.05
"""Probability of any false win among all comparisons made together."""


@dataclass(frozen=True, slots=True)
class Duel:
    """The comparison of a row's model with a column's."""

    difference: float | None
    """Mean difference, row minus column."""

    wins: int
    """Number of images on which the row's model is better."""

    losses: int
    decided: int
    """+1 if the row's model is significantly better, -1 if worse (Holm-corrected 5 %); otherwise 0."""


@dataclass(frozen=True, slots=True)
class WinMatrix:
    """One metric on one data set: ranked models, and every duel."""

    dataset: str
    protocol: str
    metric: str
    facts: MetricFacts
    models: tuple[str, ...]
    """Most significant wins first; ties by fewest significant losses."""

    duels: tuple[tuple[Duel | None, ...], ...]
    """Rows and columns in the order of `models`; `None` on the diagonal."""


def win_matrices(comparisons: Sequence[Comparison]) -> list[WinMatrix]:
    """Build one matrix per data set, protocol and metric from the comparisons of all pairs."""
    matrices: list[WinMatrix] = []
    cells = dict.fromkeys((each.dataset, each.protocol) for each in comparisons)
    for dataset, protocol in cells:
        here = [each for each in comparisons if (each.dataset, each.protocol) == (dataset, protocol)]
        metrics = dict.fromkeys(name for each in here for name in each.metrics)
        matrices += [_matrix(dataset, protocol, metric, here) for metric in metrics]
    return matrices


def _matrix(dataset: str, protocol: str, metric: str, comparisons: Sequence[Comparison]) -> WinMatrix:
    duels: dict[tuple[str, str], Duel] = {}
    for each in comparisons:
        if metric in each.metrics:
            duels[each.second, each.first], duels[each.first, each.second] = _duel(each, metric)
    models = list(dict.fromkeys(name for each in comparisons for name in (each.first, each.second)))

    def rank(model: str) -> tuple[int, int]:
        decided = [duel.decided for (row, _), duel in duels.items() if row == model]
        return -decided.count(1), decided.count(-1)

    models.sort(key=rank)
    rows = tuple(tuple(duels.get((row, column)) for column in models) for row in models)
    facts = next(each.metrics[metric].facts for each in comparisons if metric in each.metrics)
    return WinMatrix(dataset, protocol, metric, facts, tuple(models), rows)


def _duel(comparison: Comparison, metric: str) -> tuple[Duel, Duel]:
    """The second model against the first, and the reverse."""
    found = comparison.metrics[metric]
    difference = found.difference
    decided = 0
    if found.p_holm is not None and found.p_holm < ALPHA and found.finding != "no difference seen":
        decided = 1 if found.finding == "better" else -1
    reverse = None if difference is None else -difference
    return (
        Duel(difference, found.wins, found.losses, decided),
        Duel(reverse, found.losses, found.wins, -decided),
    )
