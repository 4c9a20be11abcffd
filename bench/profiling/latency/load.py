"""Load of the machine from other processes during a measurement."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = ["CpuLoad", "LoadWatch", "NoLoad"]

BUSY = 0.1
"""Cores that other processes may use before a measurement is in doubt."""


class LoadWatch(Protocol):
    """Watches the machine between `begin` and `end`."""

    def begin(self) -> None:
        """The measurement begins."""
        ...

    def end(self) -> tuple[str, ...]:
        """The measurement is over: what puts it in doubt, one phrase each."""
        ...


class NoLoad:
    """Watches nothing."""

    def begin(self) -> None:
        """Ignore."""

    def end(self) -> tuple[str, ...]:
        """Nothing was seen."""
        return ()


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Seconds of processor time since some moment."""

    wall: float
    machine: float
    """Busy time of every core; time stolen by a hypervisor counts as load from others."""

    own: float


class CpuLoad:
    """Counts the processor time that other processes took.

    Args:
        read: the times so far; `None` where the system does not say.
    """

    def __init__(self, read: Callable[[], CpuTimes | None] | None = None) -> None:
        self._read = read or cpu_times
        self._before: CpuTimes | None = None

    def begin(self) -> None:
        """Note the times."""
        self._before = self._read()

    def end(self) -> tuple[str, ...]:
        """The work of others, if it was more than a tenth of a core."""
        before, after = self._before, self._read()
        if before is None or after is None or after.wall <= before.wall:
            return ()
        others = (after.machine - before.machine - (after.own - before.own)) / (after.wall - before.wall)
        return (f"other processes used {others:.1f} cores meanwhile",) if others > BUSY else ()


def cpu_times(stat: Path = Path("/proc/stat")) -> CpuTimes | None:
    """Processor times of the machine (Linux) and of this process."""
    if not stat.is_file():
        return None
    # user nice system idle iowait irq softirq steal (guest is part of user)
    ticks = [int(word) for word in stat.read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
    busy = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
    return CpuTimes(time.monotonic(), busy, time.process_time())
