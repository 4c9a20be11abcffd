"""What a user should know of a metric before trusting a number of it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MetricCard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCard:
    """Where a metric comes from, what it needs, and what its numbers mean."""

    source: str
    """The paper, and the implementation that is reproduced."""

    hundredth: str
    """What a difference of 0.01 means, one sentence."""

    licence: str = ""
    """Of the code or weights of others that it uses; `""` where it uses none."""

    weights: str = ""
    """Weights that it needs, and the command that gets them; `""` where it needs none."""

    calibration: str = ""
    """What its parameters were fitted to, and at which image size; `""` where it has none."""

    notes: tuple[str, ...] = ()
    """What to beware of; one sentence each."""
