"""Published multiply-accumulates beside counted ones: which convention gives each figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .records import CONVENTIONS, Convention, MacCount, convention_total

__all__ = ["EXPLAINED", "PublishedCheck", "compare_published", "nearest_convention"]

EXPLAINED = 0.005
"""Relative difference up to which a convention gives a published figure."""


@dataclass(frozen=True, slots=True)
class PublishedCheck:
    """A published figure and the nearest that the network has to offer."""

    published: float
    """MACs."""

    convention: Convention
    """The one that is said to give it, or else the nearest."""

    counted: float

    @property
    def difference(self) -> float:
        """Difference between published and counted figure, relative to the published one."""
        return (self.counted - self.published) / self.published

    @property
    def explained(self) -> bool:
        """Whether the convention gives the figure to half a percent."""
        return abs(self.difference) <= EXPLAINED


def compare_published(
    published: float, counted: MacCount, convention: Convention | None, *, per_step: bool = False
) -> PublishedCheck:
    """Put a published number of MACs beside the count of its network.

    Args:
        published: MACs.
        counted: the network at the size of the figure.
        convention: the one that is said to give it; `None` takes the nearest.
        per_step: whether the figure is that of one step of an iterative sampler.
    """
    totals = _totals(counted, per_step=per_step)
    chosen = convention or nearest_convention(published, totals)
    return PublishedCheck(published, chosen, totals[chosen])


def nearest_convention(published: float, totals: Mapping[Convention, float]) -> Convention:
    """The convention whose total is the nearest.

    >>> nearest_convention(141, {"all": 156.2, "conv": 140.99})
    'conv'
    """
    return min(totals, key=lambda convention: abs(totals[convention] - published))


def _totals(counted: MacCount, *, per_step: bool) -> dict[Convention, float]:
    if not per_step:
        return {convention: counted.total(convention) for convention in CONVENTIONS}
    step = counted.repeats.macs if counted.repeats is not None else counted.macs
    share = 1 / counted.repeats.times if counted.repeats is not None else 1.0
    return {
        convention: convention_total(step, counted.transposed_excess * share, convention) for convention in CONVENTIONS
    }
