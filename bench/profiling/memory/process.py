"""Run one memory job in a process of its own: `python -m restorebench.bench.profiling.memory.process < job.json`."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import OutOfMemoryError, RestorationError, RestorebenchError
from ...files.codec import decode, encode, parse_json
from ...machine.tuning import tune_process
from ...terminal.display import print_text
from ..latency.measurement import Failure
from ..profiled_model import open_profiled_model
from .peaks import Answer, CpuMemory, GpuMemory, MemoryJob, cuda_peaks
from .programs import peak_of_programs

if TYPE_CHECKING:
    from torch import Tensor

    from ..forward_pass import ForwardPass

__all__ = ["main", "peak_resident", "resident"]

PROC = Path("/proc/self")
"""What the kernel says of this process (Linux)."""

WARM_UP = 64
"""Side of a small image that loads kernels and starts threads before anything is measured."""


def main() -> None:
    """Read a job from standard input and write its result to standard output."""
    tune_process()
    job = decode(MemoryJob, parse_json(sys.stdin.read()))
    try:
        answer = _run(job)
    except RestorebenchError as error:
        answer = Answer(failure=Failure(str(error), isinstance(error, OutOfMemoryError)))
    print_text(json.dumps(encode(answer)))


def _run(job: MemoryJob) -> Answer:
    import torch

    from ...models.program_network import ProgramNetwork

    torch.set_num_threads(job.threads)
    model = open_profiled_model(job.model, job.weights or None).on(job.settings)
    side = min(WARM_UP, job.height, job.width)
    model(torch.zeros((1, 3, side, side), device=model.device))
    if job.limit_bytes:
        _limit(job.limit_bytes)
    images = torch.zeros((job.batch, 3, job.height, job.width), device=model.device)
    if isinstance(model.network, ProgramNetwork):
        return Answer(cpu=_of_programs(model, images))
    return Answer(gpu=_on_gpu(model, images)) if model.device.type == "cuda" else Answer(cpu=_on_cpu(model, images))


def _on_cpu(model: ForwardPass, images: Tensor) -> CpuMemory:
    _give_back()
    _forget_peak()
    resting = resident()
    model(images)
    peak = peak_resident()
    return CpuMemory(max(0, peak - resting), peak, resting)


def _of_programs(model: ForwardPass, images: Tensor) -> CpuMemory:
    peak = peak_of_programs(lambda: model(images))
    return CpuMemory(growth=peak, peak=peak, resting=0)


def _on_gpu(model: ForwardPass, images: Tensor) -> GpuMemory:
    import torch

    from ...machine.hardware import open_nvml

    def work() -> None:
        model(images)
        torch.cuda.synchronize(model.device)

    return cuda_peaks(work, TorchMemory(str(model.device)), open_nvml(str(model.device)))


class TorchMemory:
    """torch's allocator on a GPU.

    Args:
        device: `cuda` or `cuda:N`.
    """

    def __init__(self, device: str) -> None:
        self._device = device

    def reset(self) -> None:
        """Forget the peaks, and give unused memory back."""
        import torch

        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self._device)

    def peaks(self) -> tuple[int, int]:
        """Most bytes allocated and reserved since."""
        import torch

        return torch.cuda.max_memory_allocated(self._device), torch.cuda.max_memory_reserved(self._device)


def resident() -> int:
    """Bytes of this process in memory now.

    Raises:
        RestorationError: on Windows without psutil.
    """
    statm = PROC / "statm"
    if statm.is_file():
        return int(statm.read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return int(_on_windows().rss) if sys.platform == "win32" else peak_resident()


def peak_resident() -> int:
    """The most bytes of this process in memory since `_forget_peak`, or since its start where that is not possible.

    Raises:
        RestorationError: on Windows without psutil.
    """
    status = PROC / "status"
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line)
        if "VmHWM" in lines:
            return int(lines["VmHWM"].split()[0]) * 1024
    if sys.platform == "win32":
        return int(_on_windows().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _on_windows() -> Any:
    """The `memory_info` of this process by psutil, whose working set Windows calls what others call resident."""
    try:
        psutil: Any = importlib.import_module("psutil")
    except ImportError as error:
        raise RestorationError(
            "The memory of a process is unknown on Windows without psutil: pip install psutil, or add --no-memory."
        ) from error
    return psutil.Process().memory_info()


def _give_back() -> None:
    """Return what the warm-up freed to the system (glibc), or the next call would reuse it and seem not to grow."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _forget_peak() -> None:
    """Set the kernel's high-water mark to what is resident now (Linux, proc(5))."""
    with contextlib.suppress(OSError):
        (PROC / "clear_refs").write_text("5", encoding="utf-8")


def _limit(more: int) -> None:
    """Refuse allocations beyond `more` bytes than now, so that torch fails and not the machine."""
    import resource

    status = (PROC / "status").read_text(encoding="utf-8")
    data = int(next(line for line in status.splitlines() if line.startswith("VmData")).split()[1]) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (data + more, data + more))


if __name__ == "__main__":
    main()
