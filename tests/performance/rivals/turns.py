"""Works that take turns, so that whatever else runs on the machine slows all of them alike.

A ratio is made within each round and its median counts. Processor time leaves out what other processes take; wall time
is what a person waits, and the only one that shows what threads bring.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Clock = Literal["processor", "wall"]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one call."""

    processor: float
    wall: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long one work takes as another."""

    median: float
    low: float
    """The lower quartile of the rounds."""

    high: float
    """The upper quartile."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What each work took and gave in each round."""

    took: Mapping[str, tuple[Took, ...]]
    values: Mapping[str, tuple[object, ...]]

    def seconds(self, name: str, clock: Clock) -> float:
        """The median of the rounds."""
        return statistics.median(getattr(each, clock) for each in self.took[name])

    def ratio(self, name: str, to: str, clock: Clock) -> Ratio:
        """Of one work to another, round by round, as far as the one that sat out took part."""
        pairs = zip(self.took[name], self.took[to], strict=False)
        return middle([getattr(one, clock) / max(getattr(other, clock), 1e-9) for one, other in pairs])


def middle(ratios: Sequence[float]) -> Ratio:
    """The median of ratios and their quartiles."""
    if len(ratios) == 1:
        return Ratio(ratios[0], ratios[0], ratios[0])
    low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return Ratio(median, low, high)


def once(work: Callable[[], object]) -> tuple[Took, object]:
    """Seconds of one call, and what it returns."""
    wall, processor = time.perf_counter(), time.process_time()
    value = work()
    return Took(time.process_time() - processor, time.perf_counter() - wall), value


def take_turns(
    works: Mapping[str, Callable[[], object]],
    *,
    seconds: float = 0.0,
    fewest: int = 3,
    most: int = 200,
    slow: Collection[str] = (),
    warm_up: bool = True,
) -> Turns:
    """Call each work once a round, in the given order and then in the opposite one, for about so many seconds.

    Args:
        works: by name.
        seconds: no round begins after them, if there were `fewest`.
        fewest: rounds, however long they take.
        most: rounds.
        slow: works that take part in the first round only.
        warm_up: whether a round without the slow ones, which does not count, comes first.
    """
    for name, work in works.items():
        if warm_up and name not in slow:
            work()
    took: dict[str, list[Took]] = {name: [] for name in works}
    values: dict[str, list[object]] = {name: [] for name in works}
    end = time.perf_counter() + seconds
    done = 0
    while done < fewest or (done < most and time.perf_counter() < end):
        for name, work in list(works.items())[:: 1 if done % 2 == 0 else -1]:
            if done == 0 or name not in slow:
                spent, value = once(work)
                took[name].append(spent)
                values[name].append(value)
        done += 1
    return Turns(
        {name: tuple(each) for name, each in took.items()}, {name: tuple(each) for name, each in values.items()}
    )
