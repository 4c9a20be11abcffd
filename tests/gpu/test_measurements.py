"""Latency, memory and energy of a real GPU. Run these alone: what else the GPU does is in the numbers."""

from __future__ import annotations

import statistics
import time

import pytest
import torch
from helpers.gpu import NEEDS_GPU, picture, restorer_of
from restorebench.bench.machine.hardware import open_nvml
from restorebench.bench.models.overlap import overlap_of
from restorebench.bench.profiling.latency.measurement import measure
from restorebench.bench.profiling.latency.timers import CudaTimer, TorchCuda
from restorebench.bench.profiling.latency.timing import Rules, Timing
from restorebench.bench.profiling.memory.peaks import GpuMemory
from restorebench.bench.profiling.profiler import profile

pytestmark = NEEDS_GPU

SHORT = Rules(seconds=2.0, warmup_seconds=1.0, maximum=300)


def test_events_and_the_clock_on_the_wall_agree_on_long_calls():
    left = torch.rand(8192, 8192, device="cuda")

    def work() -> None:
        torch.mm(left, left)

    timing = measure(work, timer=CudaTimer(TorchCuda("cuda")), rules=SHORT)
    assert not [doubt for doubt in timing.doubts if "events" in doubt]
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(20):
        work()
    torch.cuda.synchronize()
    wall = (time.perf_counter() - began) / 20
    assert timing.median == pytest.approx(wall, rel=0.15)
    assert timing.wall == pytest.approx(wall, rel=0.15)


def test_a_call_that_the_host_bounds_says_so():
    small = torch.rand(8, device="cuda")

    def work() -> None:
        for _ in range(50):
            small.add_(0)

    timing = measure(work, timer=CudaTimer(TorchCuda("cuda")), rules=SHORT)
    assert any("bound by the host" in note for note in timing.notes)


def test_a_profile_has_time_memory_and_energy():
    cost = profile("nafnet-nano", sizes=[(256, 256)], precisions=("fp32", "bf16"), device="cuda", rules=SHORT)
    assert cost.hardware is not None
    assert cost.hardware.gpu is not None
    assert cost.hardware.gpu.name == torch.cuda.get_device_name()
    for cell in cost.cells:
        assert isinstance(cell.time, Timing)
        assert 1e-4 < cell.time.median < 0.5
        assert isinstance(cell.memory, GpuMemory)
        assert 1 << 20 < cell.memory.allocated <= cell.memory.reserved < 8 << 30
        if open_nvml("cuda") is not None:
            assert cell.joules is not None
            assert 0 < cell.joules < 1000 * max(10 * cell.time.median, 0.2)


def test_the_time_in_records_is_that_of_the_network():
    restorer = restorer_of("nafnet-width32")
    overlap = overlap_of(restorer)
    assert overlap is not None
    given = picture(720, 1280)
    restorer.restore(given)
    alone: list[float] = []
    for _ in range(5):
        torch.cuda.synchronize()
        began = time.perf_counter()
        restorer.restore(given)
        alone.append(time.perf_counter() - began)
    begun = [overlap.restore(given, "a", None, None)[0] for _ in range(8)]
    seconds: list[float] = []
    for each in begun:
        each.image()
        seconds.append(each.seconds)
    assert 0.5 * min(alone) < statistics.median(seconds) < 1.1 * max(alone)
