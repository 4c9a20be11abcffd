"""Peak memory of one forward pass, said by name: which memory, of whom, and how it was seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ...contracts import InferenceSettings
from ...files.codec import decode, encode, parse_json
from ...machine.hardware import Nvml
from ..latency.measurement import Failure

__all__ = [
    "CpuMemory",
    "CudaMemory",
    "GpuMemory",
    "MemoryJob",
    "MemoryPeaks",
    "cuda_peaks",
    "run_job",
]

WORKER = "restorebench.bench.profiling.memory.process"


@dataclass(frozen=True, slots=True)
class GpuMemory:
    """Bytes on a GPU."""

    allocated: int
    """The most that tensors held at once, weights included (`torch.cuda.max_memory_allocated`)."""

    reserved: int
    """The most that torch's allocator held, fragmentation included (`max_memory_reserved`)."""

    process: int | None
    """Memory of this process by the GPU driver, CUDA context and kernels included; `None` if unavailable."""


@dataclass(frozen=True, slots=True)
class CpuMemory:
    """Bytes of a fresh process; of a program (`cmd:`), of the processes that it is, from their start on."""

    growth: int
    """Growth of resident memory at the peak of the forward pass: neither weights nor libraries.

    All that a program held, since it loads its weights and libraries for every call.
    """

    peak: int
    """The most that it held, everything included."""

    resting: int
    """Resident memory before: libraries, weights, image, and buffers from a warm-up on a small image."""


MemoryPeaks = GpuMemory | CpuMemory


@dataclass(frozen=True, slots=True)
class MemoryJob:
    """One forward pass in a process of its own."""

    model: str
    """A name, with options, that a new process understands."""

    height: int
    width: int
    batch: int
    settings: InferenceSettings
    threads: int
    weights: str = ""
    """A checkpoint; `""` for random weights."""

    limit_bytes: int = 0
    """Limit of growth beyond the start of the process, on a CPU; 0 for no limit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process of a job says: one of these."""

    cpu: CpuMemory | None = None
    gpu: GpuMemory | None = None
    failure: Failure | None = None


def run_job(job: MemoryJob, *, timeout: float | None = None, worker: str = WORKER) -> MemoryPeaks | Failure:
    """Run a job in a fresh process, whose death is a result like any other.

    Args:
        job: what to run.
        timeout: seconds after which the process is stopped.
        worker: the module that does it.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- this program itself
            [sys.executable, "-m", worker],
            input=json.dumps(encode(job)),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Failure(f"no result after {timeout:.0f} s")
    return _read(done.returncode, done.stdout, done.stderr)


def _read(code: int, output: str, errors: str) -> MemoryPeaks | Failure:
    last = output.strip().splitlines()[-1:] or [""]
    if code == 0 and last[0].startswith("{"):
        answer = decode(Answer, parse_json(last[0]))
        return answer.failure or answer.gpu or answer.cpu or Failure("the process had no answer")
    if code < 0:
        return Failure(f"the process was ended by signal {-code}, as the system does when memory runs out", code == -9)  # noqa: PLR2004 -- SIGKILL
    return Failure((errors.strip().splitlines() or [f"exit code {code}"])[-1])


class CudaMemory(Protocol):
    """The allocator's statistics; a test has some without a GPU."""

    def reset(self) -> None:
        """Forget the peaks, and give unused memory back."""
        ...

    def peaks(self) -> tuple[int, int]:
        """Most bytes allocated and reserved since."""
        ...


def cuda_peaks(work: Callable[[], object], memory: CudaMemory, nvml: Nvml | None) -> GpuMemory:
    """Memory of one call on a GPU.

    Args:
        work: synchronises at its end.
        memory: the allocator.
        nvml: the driver's view, where there is one.
    """
    memory.reset()
    work()
    allocated, reserved = memory.peaks()
    return GpuMemory(allocated, reserved, None if nvml is None else nvml.process_bytes(os.getpid()))
