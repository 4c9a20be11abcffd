# ruff: noqa: N802 -- a stand-in has the names of what it stands for
from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from restorebench.bench.machine import hardware
from restorebench.bench.machine.hardware import (
    GpuLoad,
    GpuState,
    cpu_facts,
    gpu_doubts,
    gpu_facts,
    open_nvml,
    pinned,
    throttle_reasons,
)

CALM = GpuState(sm_mhz=1980, memory_mhz=2619, celsius=40, watts=300.0, throttles=())


def test_the_processor_is_described():
    facts = cpu_facts(1, pinned=True)
    assert facts.cores == len(os.sched_getaffinity(0))
    assert facts.threads == 1
    assert facts.pinned
    assert facts.memory_bytes > 1 << 28


def test_a_gpu_that_keeps_its_clock_is_no_doubt():
    assert gpu_doubts(CALM, CALM) == ()
    set_by_the_user = GpuState(1980, 2619, 41, 300.0, ("application clocks",))
    assert gpu_doubts(CALM, set_by_the_user) == ()


def test_throttling_and_drifting_clocks_are_doubts():
    hot = GpuState(1500, 2619, 88, 700.0, throttle_reasons(0x40 | 0x4))
    assert gpu_doubts(CALM, hot) == (
        "the GPU was throttled: power cap, hardware thermal slowdown",
        "the GPU clock changed from 1980 to 1500 MHz",
    )


def test_an_idle_gpu_is_not_throttled():
    assert throttle_reasons(0x1) == ()


# --- NVML, played by a module


class NvmlError(Exception):
    pass


class Played(ModuleType):
    """pynvml's functions for one GPU, in its units."""

    NVMLError = NvmlError
    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 1, 2, 0

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.clock = 1980
        self.opened: list[str] = []
        self.broken = False

    def nvmlInit(self) -> None:
        if self.broken:
            raise NvmlError

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:
        self.opened.append(uuid)
        return "handle"

    def nvmlSystemGetDriverVersion(self) -> str:
        return "580.1"

    def nvmlDeviceGetMaxClockInfo(self, _: str, kind: int) -> int:
        return 1980 if kind == 1 else 2619

    def nvmlDeviceGetClockInfo(self, _: str, kind: int) -> int:
        return self.clock if kind == 1 else 2619

    def nvmlDeviceGetEnforcedPowerLimit(self, _: str) -> int:
        return 700_000

    def nvmlDeviceGetTemperature(self, _: str, __: int) -> int:
        return 40

    def nvmlDeviceGetPowerUsage(self, _: str) -> int:
        return 123_456

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, _: str) -> int:
        return 0x4

    def nvmlDeviceGetTotalEnergyConsumption(self, _: str) -> int:
        return 5_000

    def nvmlDeviceGetComputeRunningProcesses(self, _: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=1, usedGpuMemory=7), SimpleNamespace(pid=42, usedGpuMemory=1 << 30)]


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Played:
    played = Played()
    monkeypatch.setitem(sys.modules, "pynvml", played)
    properties = SimpleNamespace(uuid="abc-1", name="NVIDIA H200", total_memory=140 << 30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)
    return played


def test_nvml_is_asked_in_its_units_for_the_gpu_of_torch(nvml: Played):
    gpu = open_nvml("cuda:3")
    assert gpu is not None
    assert nvml.opened == ["GPU-abc-1"]
    assert gpu.state() == GpuState(1980, 2619, 40, 123.456, ("power cap",))
    assert gpu.joules() == 5.0
    assert gpu.process_bytes(42) == 1 << 30
    assert gpu.process_bytes(43) is None
    facts = gpu_facts("cuda:3", gpu)
    assert (facts.name, facts.driver, facts.max_sm_mhz, facts.power_limit_watts) == ("NVIDIA H200", "580.1", 1980, 700)
    assert gpu_facts("cuda:3", None).driver == ""


def test_a_clock_that_falls_during_a_measurement_is_reported(nvml: Played):
    gpu = open_nvml("cuda")
    assert gpu is not None
    load = GpuLoad(gpu)
    assert load.end() == ()
    load.begin()
    nvml.clock = 1000
    assert "the GPU clock changed from 1980 to 1000 MHz" in load.end()


def test_without_nvml_there_is_none(nvml: Played, monkeypatch: pytest.MonkeyPatch):
    nvml.broken = True
    assert open_nvml("cuda") is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert open_nvml("cuda") is None


# --- threads


def test_every_thread_is_bound_and_let_go():
    allowed, threads = os.sched_getaffinity(0), torch.get_num_threads()
    stop, other = threading.Event(), {}

    def idle() -> None:
        other["id"] = threading.get_native_id()
        stop.wait(10)

    thread = threading.Thread(target=idle)
    thread.start()
    try:
        with pinned(1) as bound:
            assert bound
            assert torch.get_num_threads() == 1
            assert os.sched_getaffinity(0) == os.sched_getaffinity(other["id"]) == {max(allowed)}
        assert os.sched_getaffinity(0) == os.sched_getaffinity(other["id"]) == allowed
        assert torch.get_num_threads() == threads
    finally:
        stop.set()
        thread.join()


def test_more_threads_than_cores_are_not_bound():
    threads = torch.get_num_threads()
    with pinned(1000) as bound:
        assert not bound
        assert torch.get_num_threads() == 1000
    assert torch.get_num_threads() == threads


def test_where_threads_are_not_listed_nothing_is_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hardware, "Path", lambda _: Path("/nowhere"))
    with pinned(1) as bound:
        assert not bound
