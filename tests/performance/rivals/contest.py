"""One task that this project and others do, and the rows that become of it."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .turns import Clock, Ratio, take_turns

OURS = "restorebench"


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody else's way to do a task."""

    name: str
    run: Callable[[], object] | None
    """Returns the value, if there is one to compare; `None` if it cannot be measured here."""

    note: str = ""
    """What is different about it, or why it is not measured."""

    slow: bool = False
    """Whether it takes so long that one round has to do."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A task, and who does it."""

    room: str
    task: str
    ours: Callable[[], object]
    rivals: tuple[Rival, ...]
    seconds: float = 2.0
    """How long to measure, in all."""

    fewest: int = 3
    clock: Clock = "processor"
    """By which the ratio is made: wall time where ours uses several threads."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rival beside this project at one task; everything but the names is `None` where it was not measured."""

    room: str
    task: str
    rival: str
    note: str
    ours_ms: float | None = None
    rival_ms: float | None = None
    ratio: Ratio | None = None
    """Time of the rival, in times of ours: above 1, this project is the faster one."""

    clock: Clock = "processor"
    ours_value: float | None = None
    rival_value: float | None = None

    @property
    def name(self) -> str:
        """By which a row is found again in another run."""
        return f"{self.room} / {self.task} / {self.rival}"


def hold(contest: Contest, scale: float) -> Iterator[Row]:
    """Measure a contest.

    Args:
        contest: the task.
        scale: of the seconds that are spent on it.
    """
    present = {rival.name: rival.run for rival in contest.rivals if rival.run is not None}
    fewest = contest.fewest if scale >= 1 else 1
    slow = [rival.name for rival in contest.rivals if rival.slow]
    works = {OURS: contest.ours, **present}
    seconds = contest.seconds * scale
    turns = take_turns(works, seconds=seconds, fewest=fewest, slow=slow)
    for rival in contest.rivals:
        if rival.run is None:
            yield Row(contest.room, contest.task, rival.name, rival.note)
            continue
        yield Row(
            contest.room,
            contest.task,
            rival.name,
            rival.note,
            1000 * turns.seconds(OURS, contest.clock),
            1000 * turns.seconds(rival.name, contest.clock),
            turns.ratio(rival.name, OURS, contest.clock),
            contest.clock,
            _number(turns.values[OURS][-1]),
            _number(turns.values[rival.name][-1]),
        )


def absent(name: str, package: str) -> Rival:
    """A rival that is named, because it is not installed."""
    return Rival(name, None, f"not installed: `pip install {package}`")


def is_installed(*modules: str) -> bool:
    """Whether all of these can be imported; nothing is."""
    return all(importlib.util.find_spec(module) is not None for module in modules)


def library(module: str) -> Any:
    """An optional library, imported when it is known to be installed; type checkers need not have it."""
    return importlib.import_module(module)


def version(package: str) -> str:
    """Of an installed distribution; `not installed`."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
