"""The hardware of a measurement: CPU, threads and governor; GPU, driver, clocks and throttling."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

__all__ = [
    "CpuFacts",
    "GpuFacts",
    "GpuLoad",
    "GpuState",
    "Nvml",
    "cpu_facts",
    "gpu_doubts",
    "gpu_facts",
    "open_nvml",
    "pinned",
    "throttle_reasons",
]

THROTTLES: Mapping[int, str] = {
    0x2: "application clocks",
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x10: "sync boost",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "hardware power brake",
    0x100: "display clock setting",
}
"""Bits of nvmlDeviceGetCurrentClocksThrottleReasons, without 0x1, which only marks an idle GPU."""

SLOWDOWNS = 0x4 | 0x8 | 0x20 | 0x40 | 0x80
"""Throttle reasons that change the speed during a measurement."""

CLOCK_DRIFT = 0.05
"""Relative change of the GPU clock during a measurement above which the timings are in doubt."""


@dataclass(frozen=True, slots=True)
class CpuFacts:
    """The CPU and how this process uses it."""

    model: str
    cores: int
    """Cores available to this process."""

    threads: int
    """torch's intra-operation threads."""

    pinned: bool
    """Whether the process was pinned to as many cores as it has threads."""

    governor: str
    """Frequency governor of the kernel; `""` if unreadable, as in most virtual machines."""

    load: float
    """Load average over the minute before the measurement."""

    memory_bytes: int


@dataclass(frozen=True, slots=True)
class GpuState:
    """Clocks, temperature, power and throttling of a GPU at one moment."""

    sm_mhz: int
    memory_mhz: int
    celsius: int
    watts: float
    throttles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """The GPU and its software; values that NVML does not report are 0 or `""`."""

    name: str
    cuda: str
    cudnn: str
    memory_bytes: int
    driver: str = ""
    max_sm_mhz: int = 0
    power_limit_watts: float = 0.0


class Nvml(Protocol):
    """Queries about one GPU, answered by NVIDIA's management library or by a test double."""

    def driver(self) -> str:
        """Driver version."""
        ...

    def max_sm_mhz(self) -> int:
        """Maximum clock of the multiprocessors, in MHz."""
        ...

    def power_limit_watts(self) -> float:
        """Enforced power limit, in watts."""
        ...

    def state(self) -> GpuState:
        """Current clocks, temperature, power and throttle reasons."""
        ...

    def joules(self) -> float:
        """Energy used since the driver was loaded, in joules."""
        ...

    def process_bytes(self, pid: int) -> int | None:
        """GPU memory of a process, including its CUDA context; `None` if the process is not listed."""
        ...


def cpu_facts(threads: int, *, pinned: bool) -> CpuFacts:
    """Describe the CPU."""
    from .environment import current_environment

    environment = current_environment()
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return CpuFacts(
        model=environment.cpu,
        cores=environment.cpu_count,
        threads=threads,
        pinned=pinned,
        governor=governor.read_text(encoding="utf-8").strip() if governor.is_file() else "",
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        memory_bytes=memory,
    )


def gpu_facts(device: str, nvml: Nvml | None) -> GpuFacts:
    """Describe a GPU using torch, and NVML if available."""
    import torch

    properties = cast("Any", torch.cuda.get_device_properties(device))  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
    return GpuFacts(
        name=str(properties.name),
        cuda=torch.version.cuda or "",
        cudnn=str(torch.backends.cudnn.version() or ""),
        memory_bytes=int(properties.total_memory),
        driver="" if nvml is None else nvml.driver(),
        max_sm_mhz=0 if nvml is None else nvml.max_sm_mhz(),
        power_limit_watts=0.0 if nvml is None else nvml.power_limit_watts(),
    )


def gpu_doubts(before: GpuState, after: GpuState) -> tuple[str, ...]:
    """Describe throttling and clock changes between two states that make timings doubtful."""
    found: list[str] = []
    names = {name for bit, name in THROTTLES.items() if bit & SLOWDOWNS}
    slowed = [name for name in dict.fromkeys((*before.throttles, *after.throttles)) if name in names]
    if slowed:
        found.append(f"the GPU was throttled: {', '.join(slowed)}")
    if before.sm_mhz and abs(after.sm_mhz - before.sm_mhz) > CLOCK_DRIFT * before.sm_mhz:
        found.append(f"the GPU clock changed from {before.sm_mhz} to {after.sm_mhz} MHz")
    return tuple(found)


def throttle_reasons(bits: int) -> tuple[str, ...]:
    """Names of the throttle reasons set in NVML's bit mask.

    >>> throttle_reasons(0x44)
    ('power cap', 'hardware thermal slowdown')
    """
    return tuple(name for bit, name in THROTTLES.items() if bits & bit)


def open_nvml(device: str) -> Nvml | None:
    """Open NVML for a torch device; `None` if nvidia-ml-py or the driver is missing.

    GPUs are matched by UUID, because torch and NVML number them differently under CUDA_VISIBLE_DEVICES.
    """
    try:
        import pynvml  # pyright: ignore[reportMissingImports] -- the optional extra [gpu]
    except ImportError:
        return None
    import torch

    library = cast("Any", pynvml)
    uuid = str(getattr(cast("Any", torch.cuda.get_device_properties(device)), "uuid", ""))  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
    try:
        library.nvmlInit()
        handle = library.nvmlDeviceGetHandleByUUID(uuid if uuid.startswith("GPU-") else f"GPU-{uuid}")
    except library.NVMLError:
        return None
    return _Pynvml(library, handle)


class _Pynvml:
    """`Nvml` implemented with the package nvidia-ml-py."""

    def __init__(self, library: Any, handle: Any) -> None:
        self._library = library
        self._handle = handle

    def driver(self) -> str:
        return str(self._library.nvmlSystemGetDriverVersion())

    def max_sm_mhz(self) -> int:
        return int(self._library.nvmlDeviceGetMaxClockInfo(self._handle, self._library.NVML_CLOCK_SM))

    def power_limit_watts(self) -> float:
        return float(self._library.nvmlDeviceGetEnforcedPowerLimit(self._handle)) / 1000

    def state(self) -> GpuState:
        library, handle = self._library, self._handle
        return GpuState(
            sm_mhz=int(library.nvmlDeviceGetClockInfo(handle, library.NVML_CLOCK_SM)),
            memory_mhz=int(library.nvmlDeviceGetClockInfo(handle, library.NVML_CLOCK_MEM)),
            celsius=int(library.nvmlDeviceGetTemperature(handle, library.NVML_TEMPERATURE_GPU)),
            watts=float(library.nvmlDeviceGetPowerUsage(handle)) / 1000,
            throttles=throttle_reasons(int(library.nvmlDeviceGetCurrentClocksThrottleReasons(handle))),
        )

    def joules(self) -> float:
        return float(self._library.nvmlDeviceGetTotalEnergyConsumption(self._handle)) / 1000

    def process_bytes(self, pid: int) -> int | None:
        listed = cast("Sequence[Any]", self._library.nvmlDeviceGetComputeRunningProcesses(self._handle))
        return next((int(process.usedGpuMemory) for process in listed if process.pid == pid), None)


class GpuLoad:
    """A `LoadWatch` for a GPU's clocks and throttle reasons.

    Attributes:
        before: the state at the start of the measurement.
        after: the state at its end.
    """

    def __init__(self, nvml: Nvml) -> None:
        self._nvml = nvml
        self.before: GpuState | None = None
        self.after: GpuState | None = None

    def begin(self) -> None:
        """Record the state."""
        self.before = self._nvml.state()

    def end(self) -> tuple[str, ...]:
        """Compare the state with the recorded one."""
        self.after = self._nvml.state()
        return () if self.before is None else gpu_doubts(self.before, self.after)


@contextlib.contextmanager
def pinned(threads: int) -> Generator[bool]:
    """Set torch's thread count and pin this process to as many cores, if permitted, for the duration of the block.

    Yields:
        Whether the process was pinned.
    """
    import torch

    threads_before = torch.get_num_threads()
    torch.set_num_threads(threads)
    cores = _bind(threads)
    try:
        yield bool(cores)
    finally:
        torch.set_num_threads(threads_before)
        for task in _tasks():
            if cores:
                _set_cores(task, cores)


def _bind(threads: int) -> set[int]:
    """Pin to the last allowed cores; return the cores allowed before, or an empty set if pinning is impossible."""
    if not hasattr(os, "sched_setaffinity") or not _tasks():
        return set()
    allowed = os.sched_getaffinity(0)
    if threads > len(allowed):
        return set()
    for task in _tasks():
        _set_cores(task, set(sorted(allowed)[-threads:]))
    return allowed


def _tasks() -> list[int]:
    folder = Path("/proc/self/task")
    return [int(task.name) for task in folder.iterdir()] if folder.is_dir() else []


def _set_cores(task: int, cores: set[int]) -> None:
    with contextlib.suppress(ProcessLookupError):  # the thread has ended in the meantime
        os.sched_setaffinity(task, cores)
