"""The arithmetic and the memory of a forward pass."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Generator

import torch
from torch import Tensor

from ..contracts import Precision
from ..errors import OutOfMemoryError
from ..machine.float_precision import set_tf32

__all__ = ["AUTOCAST", "arithmetic", "memory_advice"]

AUTOCAST: dict[Precision, torch.dtype] = {"fp16": torch.float16, "bf16": torch.bfloat16}


@contextlib.contextmanager
def arithmetic(device: torch.device, precision: Precision) -> Generator[None]:
    """Set TF32 for exactly this forward pass, and autocast for half precision."""
    with set_tf32(on=precision == "tf32"):
        if precision in AUTOCAST:
            with torch.autocast(device.type, dtype=AUTOCAST[precision]):
                yield
        else:
            yield


@contextlib.contextmanager
def memory_advice(images: Tensor, tile: int | None) -> Generator[None]:
    """Turn every way of running out of memory into one error that says what to do."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        # The frames of the network hold all that filled the memory. From Python 3.12 on they would live until the next
        # garbage collection, since an error that passes a context manager is part of a cycle there.
        traceback.clear_frames(error.__traceback__)
        raise _out_of_memory(images, tile) from error


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return "not enough memory" in str(error) or "can't allocate memory" in str(error)


def _out_of_memory(images: Tensor, tile: int | None) -> OutOfMemoryError:
    height, width = images.shape[-2:]
    advice = (
        f"--tile {max(64, (tile or max(height, width)) // 2 // 64 * 64)} restores it in parts (marked in the results)"
    )
    return OutOfMemoryError(f"Out of memory at {width}x{height}: {advice}, or use another device.")
