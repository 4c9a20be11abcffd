"""Time one or several callables against each other until the medians are known, or say why they are not.

Several are measured in rounds, each having its turn in each round and the order turning with it, so that whatever
the machine does meanwhile happens to all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...errors import OutOfMemoryError, RestorationError
from .load import LoadWatch, NoLoad
from .timers import Block, Clock, CpuTimer, Timer
from .timing import Rules, Timing, doubts, median_error, outliers, quantile

__all__ = ["Failure", "measure", "measure_all"]

WINDOW = 3
"""Calls whose median is compared with that of the next as many, in the warm-up."""

SETTLED = 0.05
"""Relative difference of two windows that ends the warm-up."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell that could not be measured."""

    reason: str
    out_of_memory: bool = False


@dataclass(slots=True)
class _TimedWork:
    """One callable and everything that was measured of it."""

    work: Callable[[], object]
    samples: list[float] = field(default_factory=list[float])
    walls: list[float] = field(default_factory=list[float])
    doubts: dict[str, None] = field(default_factory=dict[str, None])
    """An ordered set, as `notes`."""

    notes: dict[str, None] = field(default_factory=dict[str, None])
    warmup: list[float] = field(default_factory=list[float])

    def take(self, block: Block) -> None:
        self.samples += block.seconds
        self.walls.append(block.wall / len(block.seconds))
        self.doubts |= dict.fromkeys(block.doubts)
        self.notes |= dict.fromkeys(block.notes)

    def done(self, rules: Rules) -> bool:
        known = len(self.samples) >= rules.minimum and median_error(self.samples) <= rules.error
        return known or len(self.samples) >= rules.maximum

    def timing(self, rules: Rules, load: Sequence[str]) -> Timing:
        ordered = sorted(self.samples)
        return Timing(
            median=quantile(ordered, 0.5),
            p5=quantile(ordered, 0.05),
            p95=quantile(ordered, 0.95),
            p99=quantile(ordered, 0.99),
            error=median_error(self.samples),
            outliers=outliers(self.samples),
            slowest=ordered[-1],
            samples=tuple(self.samples),
            warmup_calls=len(self.warmup),
            first_call=self.warmup[0],
            wall=quantile(sorted(self.walls), 0.5),
            doubts=(*self.doubts, *doubts(self.samples, rules), *load),
            notes=tuple(self.notes),
        )


def measure(
    work: Callable[[], object],
    *,
    timer: Timer | None = None,
    rules: Rules | None = None,
    load: LoadWatch | None = None,
    clock: Clock = time.perf_counter,
) -> Timing:
    """Time one callable.

    Args:
        work: called again and again; it should leave nothing behind.
        timer: of the device that the work runs on; by default the CPU.
        rules: when to stop.
        load: watches what else the machine does; by default nothing is watched.
        clock: the host's, for the time budget.

    Raises:
        RestorationError: what `work` raises.

    >>> from restorebench.bench.profiling.latency.timing import Rules
    >>> measure(lambda: sum(range(1000)), rules=Rules(seconds=0.05)).median < 0.01
    True
    """
    measured = measure_all({"": work}, timer=timer, rules=rules, load=load, clock=clock)[""]
    if isinstance(measured, Failure):
        raise (OutOfMemoryError if measured.out_of_memory else RestorationError)(measured.reason)
    return measured


def measure_all(
    works: Mapping[str, Callable[[], object]],
    *,
    timer: Timer | None = None,
    rules: Rules | None = None,
    load: LoadWatch | None = None,
    clock: Clock = time.perf_counter,
) -> dict[str, Timing | Failure]:
    """Time several callables in interleaved rounds; one that fails does not stop the others.

    Args:
        works: callables by name.
        timer: of the device that the work runs on; by default the CPU.
        rules: when to stop; the time is that of each callable.
        load: watches what else the machine does; by default nothing is watched.
        clock: the host's, for the time budget.
    """
    timer, rules, load = timer or CpuTimer(), rules or Rules(), load or NoLoad()
    failures: dict[str, Failure] = {}
    profiled_models: dict[str, _TimedWork] = {}
    for name, work in works.items():
        profiled = _TimedWork(work)
        failure = _guarded(lambda profiled=profiled: _warm_up(profiled, timer, rules, clock))
        if failure is None:
            profiled_models[name] = profiled
        else:
            failures[name] = failure
    load.begin()
    failures |= _rounds(profiled_models, timer, rules, clock)
    found = load.end()
    measured = {
        name: profiled.timing(rules, found) for name, profiled in profiled_models.items() if name not in failures
    }
    return {name: failures.get(name) or measured[name] for name in works}


def _guarded(action: Callable[[], None]) -> Failure | None:
    try:
        action()
    except RestorationError as error:
        return Failure(str(error), isinstance(error, OutOfMemoryError))
    return None


def _warm_up(profiled: _TimedWork, timer: Timer, rules: Rules, clock: Clock) -> None:
    """Call until the last two windows agree; the first call, which may compile and tune, is in neither."""
    profiled.warmup += timer.block(profiled.work, 1).seconds
    start = clock()
    while clock() - start < rules.warmup_seconds:
        profiled.warmup += timer.block(profiled.work, WINDOW).seconds
        if _settled(profiled.warmup):
            return
    profiled.doubts["the warm-up did not settle"] = None


def _settled(warm: Sequence[float]) -> bool:
    if len(warm) < 2 * WINDOW:
        return False
    before, after = (sorted(part)[WINDOW // 2] for part in (warm[-2 * WINDOW : -WINDOW], warm[-WINDOW:]))
    return abs(after - before) <= SETTLED * before


def _rounds(profiled_models: Mapping[str, _TimedWork], timer: Timer, rules: Rules, clock: Clock) -> dict[str, Failure]:
    """Turns until every work is done, or the time of all of them is up."""
    failures: dict[str, Failure] = {}
    order = list(profiled_models)
    calls = {name: _calls(profiled, rules) for name, profiled in profiled_models.items()}
    end = clock() + rules.seconds * len(profiled_models)
    while order:
        for name in order:
            profiled = profiled_models[name]
            failure = _guarded(
                lambda profiled=profiled, name=name: profiled.take(timer.block(profiled.work, calls[name]))
            )
            if failure is not None:
                failures[name] = failure
        order = [name for name in order[1:] + order[:1] if name not in failures]
        if clock() >= end or all(profiled_models[name].done(rules) for name in order):
            return failures
    return failures


def _calls(profiled: _TimedWork, rules: Rules) -> int:
    """Calls in a turn, from the fastest one of the warm-up."""
    fastest = max(min(profiled.warmup), 1e-9)
    return min(max(1, round(rules.block_seconds / fastest)), rules.maximum)
