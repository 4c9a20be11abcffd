"""Peak memory of a forward pass, measured in a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .peaks import CpuMemory, CudaMemory, GpuMemory, MemoryJob, MemoryPeaks, cuda_peaks, run_job

__all__ = [
    "CpuMemory",
    "CudaMemory",
    "GpuMemory",
    "MemoryJob",
    "MemoryPeaks",
    "cuda_peaks",
    "run_job",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "peaks": (
            "CpuMemory",
            "CudaMemory",
            "GpuMemory",
            "MemoryJob",
            "MemoryPeaks",
            "cuda_peaks",
            "run_job",
        ),
    },
)
