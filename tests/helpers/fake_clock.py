"""A clock that stands still, and work that takes as long as a test says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from restorebench.bench.profiling.latency.measurement import measure
from restorebench.bench.profiling.latency.timers import CpuTimer
from restorebench.bench.profiling.latency.timing import Rules, Timing

__all__ = ["QUICK", "FakeClock", "measured", "timed"]

QUICK = Rules(seconds=2, warmup_seconds=1)


class FakeClock:
    """Time that passes only when something says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        self.now += seconds


def timed(clock: FakeClock, seconds: Iterator[float] | float) -> Callable[[], None]:
    """Work that takes known times."""
    durations: Iterator[float] = itertools.repeat(seconds) if isinstance(seconds, float | int) else seconds
    return lambda: clock.spend(next(durations))


def measured(clock: FakeClock, work: Callable[[], None], rules: Rules = QUICK) -> Timing:
    """Time some work by this clock alone."""
    return measure(work, timer=CpuTimer(clock), rules=rules, clock=clock)
