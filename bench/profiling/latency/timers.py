"""Clocks for one block of calls, on a CPU and on a GPU.

On a GPU the host only queues work. Events before and after each call are stamped by the device itself; the device
is kept busy while the host queues, so that it never waits between the two stamps; and a buffer larger than its
cache is overwritten before each call, so that no call finds the last one's data there. The same calls are then
timed once more by the host's clock alone, as a check.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

__all__ = ["Block", "Clock", "CpuTimer", "CudaApi", "CudaTimer", "Event", "Timer", "TorchCuda"]

Clock = Callable[[], float]
"""Seconds from any fixed moment."""

MEBI = 1 << 20

FLUSH_BYTES = 256 * MEBI
"""Overwritten before each call: several times the L2 cache of any GPU (H200: 60 MB)."""

LONGEST_WAIT = 1.0
"""Seconds for which the device is kept busy at most while the host queues a block."""

TOLERANCE = 0.02
"""By which events may exceed the wall clock: its resolution and theirs."""

DISAGREEMENT = 0.1
"""Between the median by events and the mean by the wall clock, relative; flushing the cache is part of it."""

HOST_BOUND = "bound by the host: queueing a call takes longer than running it, so a single image waits for the host"


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive calls."""

    seconds: tuple[float, ...]
    """Seconds of each call, as measured on the device."""

    wall: float
    """Seconds of all calls by the host's clock, from an idle device to an idle device."""

    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Timer(Protocol):
    """Times blocks of calls."""

    def block(self, work: Callable[[], object], calls: int) -> Block:
        """Call `work` so many times."""
        ...


class CpuTimer:
    """The clock before and after each call.

    Args:
        clock: seconds from any fixed moment.
    """

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self._clock = clock

    def block(self, work: Callable[[], object], calls: int) -> Block:
        """Call `work` so many times."""
        stamps = [self._clock()]
        for _ in range(calls):
            work()
            stamps.append(self._clock())
        seconds = tuple(after - before for before, after in itertools.pairwise(stamps))
        return Block(seconds, stamps[-1] - stamps[0])


class Event(Protocol):
    """A stamp in a device's queue."""

    def record(self) -> None:
        """Queue the stamp."""
        ...

    def elapsed_time(self, end: Event, /) -> float:
        """Milliseconds from this stamp to a later one."""
        ...


class CudaApi(Protocol):
    """The interface of a GPU device to the timer; tests replace it."""

    def event(self) -> Event:
        """A new stamp."""
        ...

    def synchronize(self) -> None:
        """Wait until the device is idle."""
        ...

    def occupy(self, seconds: float) -> None:
        """Queue work that keeps the device busy for about so long."""
        ...

    def flush(self) -> None:
        """Queue the overwriting of a buffer larger than the device's cache."""
        ...


class CudaTimer:
    """Events around each call, in a queue that never runs dry.

    Args:
        api: the device.
        clock: the host's.
    """

    def __init__(self, api: CudaApi, clock: Clock = time.perf_counter) -> None:
        self._api = api
        self._clock = clock
        self._queueing: dict[Callable[[], object], float] = {}
        """Seconds that the host needed to queue one call, when it last did."""

    def block(self, work: Callable[[], object], calls: int) -> Block:
        """Call `work` so many times by events, and as often again by the host's clock."""
        seconds, elapsed = self._by_events(work, calls)
        start = self._clock()
        for _ in range(calls):
            work()
        self._api.synchronize()
        wall = self._clock() - start
        typical = sorted(seconds)[calls // 2]
        bound = self._queueing[work] > typical
        doubts: list[str] = []
        if sum(seconds) > (1 + TOLERANCE) * elapsed:
            doubts.append("the events of a block say more time than went by")
        if not bound and abs(wall / calls - typical) > DISAGREEMENT * typical:
            doubts.append("events and the wall clock disagree by more than a tenth")
        return Block(seconds, wall, tuple(doubts), (HOST_BOUND,) if bound else ())

    def _by_events(self, work: Callable[[], object], calls: int) -> tuple[tuple[float, ...], float]:
        """Seconds of each call, back to back but for the flushes, and what the host's clock says of all."""
        stamps = [(self._api.event(), self._api.event()) for _ in range(calls)]
        self._api.synchronize()
        start = self._clock()
        self._api.occupy(min(LONGEST_WAIT, 1.2 * calls * self._queueing.get(work, 0.0)))
        queueing = self._clock()
        for before, after in stamps:
            self._api.flush()
            before.record()
            work()
            after.record()
        self._queueing[work] = (self._clock() - queueing) / calls
        self._api.synchronize()
        elapsed = self._clock() - start
        return tuple(before.elapsed_time(after) / 1000 for before, after in stamps), elapsed


class TorchCuda:
    """A GPU through torch.

    Args:
        device: `cuda` or `cuda:N`.
    """

    def __init__(self, device: str) -> None:
        import torch

        self._device = torch.device(device)
        self._buffer = torch.empty(FLUSH_BYTES, dtype=torch.int8, device=self._device)
        self._cycles = _cycles_per_second(device)

    def event(self) -> Event:
        """A CUDA event with timing."""
        import torch

        return cast("Event", torch.cuda.Event(enable_timing=True))

    def synchronize(self) -> None:
        """Wait until the device is idle."""
        import torch

        torch.cuda.synchronize(self._device)

    def occupy(self, seconds: float) -> None:
        """A kernel that counts clock cycles."""
        import torch

        if seconds > 0:
            torch.cuda._sleep(int(seconds * self._cycles))  # noqa: SLF001 # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportAttributeAccessIssue] -- the only spinning kernel that torch has

    def flush(self) -> None:
        """Zeros over 256 MiB."""
        self._buffer.zero_()


def _cycles_per_second(device: str) -> float:
    import torch

    properties = cast("Any", torch.cuda.get_device_properties(device))  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
    return 1000.0 * getattr(properties, "clock_rate", 1_500_000)  # in kHz; older releases do not say
