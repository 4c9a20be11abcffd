"""GPU locks: shared by evaluations, exclusive for latency measurements.

The locks are advisory, coordinate processes of this program on one machine, and are released when their process ends,
even by `kill -9`. `profiling.hardware` detects other programs on the GPU if NVML reports them.
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
    """Identifier of a GPU, independent of CUDA_VISIBLE_DEVICES; `None` for a CPU or no device."""
    if device is None or not device.startswith("cuda"):
        return None
    import torch

    index = torch.device(device).index or 0
    if index >= torch.cuda.device_count():
        return None  # reported when the device is used
    properties = cast("object", torch.cuda.get_device_properties(device))  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
    uuid = cast("object", getattr(properties, "uuid", None))  # older versions of torch have none
    return str(uuid or index)


@contextlib.contextmanager
def share(gpu: str | None, tell: Callable[[str], None]) -> Generator[None]:
    """Hold a shared lock on a GPU for the duration of the block; wait while a latency measurement holds it.

    Args:
        gpu: from `gpu_name`; `None` locks nothing.
        tell: called with the reason for waiting.
    """
    with _lock_file(gpu) as file:
        if file is not None and not _lock(file, alone=False, wait=False):
            tell("Waiting for the GPU: another process is measuring latency on it.")
            _lock(file, alone=False, wait=True)
        yield


@contextlib.contextmanager
def hold_alone(gpu: str | None) -> Generator[None]:
    """Hold an exclusive lock on a GPU for the duration of the block.

    Args:
        gpu: from `gpu_name`; `None` locks nothing.

    Raises:
        UsageError: an evaluation or another measurement is using it.
    """
    with _lock_file(gpu) as file:
        if file is not None and not _lock(file, alone=True, wait=False):
            raise UsageError(
                "Another restorebench process is using this GPU, and latency can only be measured on an idle one: wait "
                "for it to finish, or choose another GPU with --device cuda:N."
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
    """Open a lock file that any user may lock, for reading if it exists.

    In a shared folder, Linux refuses to open another user's file with the flags that create one.
    """
    try:
        return path.open("rb")
    except FileNotFoundError:
        file = path.open("ab")
    path.chmod(0o666)
    return file


def _lock(file: IO[bytes], *, alone: bool, wait: bool) -> bool:
    """Lock the file and return whether that succeeded; closing the file releases the lock."""
    if sys.platform == "win32":  # Python's library has no shared file locks there
        return True
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
