"""Who may use a GPU together: evaluations share one, a measurement of latency has it alone.

The locks are advisory, between processes of this program on one machine, and die with their process, also under
`kill -9`. Other programs on the GPU are noticed by `profiling.hardware`, where NVML sees them.
"""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, cast

from ..errors import UsageError

__all__ = ["gpu_name", "hold_alone", "share"]


def gpu_name(device: str | None) -> str | None:
    """What identifies a GPU on this machine, whatever CUDA_VISIBLE_DEVICES calls it; `None` for a CPU or no device."""
    if device is None or not device.startswith("cuda"):
        return None
    import torch

    index = torch.device(device).index or 0
    if index >= torch.cuda.device_count():
        return None  # whoever uses it says so
    properties = cast("object", torch.cuda.get_device_properties(device))  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
    uuid = cast("object", getattr(properties, "uuid", None))  # older versions of torch have none
    return str(uuid or index)


@contextlib.contextmanager
def share(gpu: str | None, tell: Callable[[str], None]) -> Generator[None]:
    """Use a GPU beside other evaluations for the time of the block; waits while something is measured on it.

    Args:
        gpu: from `gpu_name`; `None` locks nothing.
        tell: is told why it waits.
    """
    with _lock_file(gpu) as file:
        if file is not None and not _lock(file, alone=False, wait=False):
            tell("Waiting for the GPU: another process measures latency on it.")
            _lock(file, alone=False, wait=True)
        yield


@contextlib.contextmanager
def hold_alone(gpu: str | None) -> Generator[None]:
    """Have a GPU alone for the time of the block.

    Args:
        gpu: from `gpu_name`; `None` locks nothing.

    Raises:
        UsageError: an evaluation or another measurement is using it.
    """
    with _lock_file(gpu) as file:
        if file is not None and not _lock(file, alone=True, wait=False):
            raise UsageError(
                "Another process of restorebench is using this GPU, and latency is measured on an idle one only: wait "
                "for it, or name another with --device cuda:N."
            )
        yield


@contextlib.contextmanager
def _lock_file(gpu: str | None) -> Generator[IO[bytes] | None]:
    if gpu is None:
        yield None
        return
    path = Path(tempfile.gettempdir()) / f"restorebench-gpu-{re.sub(r'[^0-9A-Za-z-]', '_', gpu)}.lock"
    with _opened(path) as file:
        yield file


def _opened(path: Path) -> IO[bytes]:
    """The file, which any user may lock. Linux lets nobody open another's in a shared folder as if to create it."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        file = path.open("ab")
    path.chmod(0o666)
    return file


def _lock(file: IO[bytes], *, alone: bool, wait: bool) -> bool:
    """Whether the lock was had; closing the file gives it back."""
    if sys.platform == "win32":  # has no shared locks on files in Python's library
        return True
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
