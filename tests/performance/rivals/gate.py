"""Whether this project has become slower than its peers, by the ratios of two runs of the benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .contest import Row

AGREEING = "latency"
"""The room whose ratios say how well timers agree: they may leave 1 in neither direction."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What became of the committed rows."""

    worse: tuple[str, ...] = ()
    """Sentences about rows beyond the tolerance."""

    tasks: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """(room, task) of those rows."""

    missing: tuple[str, ...] = ()
    """Names of committed rows that this run has not measured."""

    compared: int = 0


def compare(committed: Sequence[Row], now: Sequence[Row], tolerance: float) -> Findings:
    """Compare the ratios of a run with the committed ones.

    A ratio is the rival's time in times of ours. It is worse when it has fallen below the committed one divided by
    1 + `tolerance`. In the room `latency` it is worse when it is further from 1 than `tolerance`.

    Args:
        committed: rows of the file beside the page.
        now: rows of this run.
        tolerance: 0.25 lets this project become a quarter slower against its peers.
    """
    measured = {row.name: row for row in now if row.ratio is not None}
    before = [row for row in committed if row.ratio is not None]
    worse = {row.name: sentence for row in before if (sentence := verdict(row, measured.get(row.name), tolerance))}
    return Findings(
        tuple(worse.values()),
        frozenset((row.room, row.task) for row in before if row.name in worse),
        tuple(row.name for row in before if row.name not in measured),
        sum(row.name in measured for row in before),
    )


def verdict(before: Row, now: Row | None, tolerance: float) -> str:
    """A sentence about a row that is worse than it was; empty for all others."""
    if now is None or now.ratio is None or before.ratio is None:
        return ""
    was, found = before.ratio.median, now.ratio.median
    if before.room == AGREEING:
        far = abs(found - 1) > tolerance
        return f"{before.name}: {found:.2f} times ours, which is further from 1 than {tolerance:.0%}." if far else ""
    if found * (1 + tolerance) >= was:
        return ""
    return f"{before.name}: {found:.2f} times our time, and {was:.2f} before: we are {was / found:.2f} times as slow."
