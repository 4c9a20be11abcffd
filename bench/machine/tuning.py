"""Process settings that speed up evaluation without affecting results."""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = ["tune_process"]

MALLOC_TRIM_THRESHOLD, MALLOC_MMAP_THRESHOLD = -1, -3
"""glibc's mallopt parameters M_TRIM_THRESHOLD and M_MMAP_THRESHOLD."""

KEEP_BYTES = 1 << 30
"""Freed memory up to this size is kept for the next image instead of being returned to the system."""


def tune_process() -> None:
    """Let idle threads sleep and reuse freed memory; call before importing torch.

    Decoding and scoring share the cores with the model, so OpenMP threads that spin while waiting slow them down.
    By default, glibc returns every large buffer to the system, so each feature map of a network on the CPU costs
    page faults. Environment variables set by the user take precedence.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if sys.platform == "linux" and not any(name.startswith("MALLOC_") for name in os.environ):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if mallopt is not None:
            mallopt(MALLOC_MMAP_THRESHOLD, KEEP_BYTES)
            mallopt(MALLOC_TRIM_THRESHOLD, KEEP_BYTES)
