"""A simulated GPU with a queue."""

from __future__ import annotations

from collections.abc import Callable

from restorebench.bench.profiling.latency.measurement import measure
from restorebench.bench.profiling.latency.timers import CudaTimer, Event
from restorebench.bench.profiling.latency.timing import Timing

from helpers.fake_clock import QUICK, FakeClock

__all__ = ["FakeGpu", "on_gpu"]


class FakeEvent:
    """A stamp that is set when the work before it is done."""

    def __init__(self, gpu: FakeGpu) -> None:
        self.gpu = gpu
        self.at = 0.0

    def record(self) -> None:
        self.gpu.host.spend(self.gpu.queue_cost)
        self.at = self.gpu.run(0.0) * self.gpu.event_scale

    def elapsed_time(self, end: Event, /) -> float:
        assert isinstance(end, FakeEvent)
        return (end.at - self.at) * 1000


class FakeGpu:
    """A device with a queue: work starts when the host has queued it and the work before it is done."""

    def __init__(self, *, queue_cost: float = 1e-6, event_scale: float = 1.0) -> None:
        self.host = FakeClock()
        self.free_at = 0.0
        self.queue_cost = queue_cost
        self.event_scale = event_scale
        self.flushes = 0
        self.cached = False

    def run(self, seconds: float) -> float:
        self.free_at = max(self.free_at, self.host.now) + seconds
        return self.free_at

    def event(self) -> FakeEvent:
        return FakeEvent(self)

    def synchronize(self) -> None:
        self.host.now = max(self.host.now, self.free_at)

    def occupy(self, seconds: float) -> None:
        self.run(seconds)

    def flush(self) -> None:
        self.flushes += 1
        self.cached = False
        self.run(1e-4)

    def kernel(self, seconds: float, queueing: float = 1e-5) -> Callable[[], None]:
        """A model's call; a tenth faster if its data are in the cache."""

        def call() -> None:
            self.host.spend(queueing)
            self.run(seconds * (0.95 if self.cached else 1.0))
            self.cached = True

        return call


def on_gpu(gpu: FakeGpu, work: Callable[[], None]) -> Timing:
    """Time some work by the device's events, in simulated time."""
    return measure(work, timer=CudaTimer(gpu, gpu.host), rules=QUICK, clock=gpu.host)
