"""Images in the memory of this machine, handled by NumPy where torch costs several times as much.

NumPy takes large pages, and torch does not: a 720p image as float32 is 2,700 small pages, which take the system four
times as long as copying the image. And each operation of torch that uses several threads leaves them waiting busily
for the next one, on cores that decode and score other images.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contracts import UInt8Image

__all__ = ["by_torch_alone", "copy_of", "holds_only_finite", "is_finite", "planes_of"]


_alone: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def by_torch_alone() -> Generator[None]:
    """Leave copies and checks to torch inside the block, so that whoever watches its operators sees all of them."""
    before = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(before)


def planes_of(pixels: UInt8Image) -> Tensor:
    """The planes (1, 3, H, W) of an 8-bit image (H, W, 3), float32 in [0, 1]: to the bit what torch divides to."""
    planes = np.empty((1, 3, *pixels.shape[:2]), np.float32)
    for channel in range(3):
        planes[0, channel] = pixels[..., channel]
    planes /= np.float32(255)
    return _tensor(planes)


def copy_of(images: Tensor, dtype: torch.dtype, layout: torch.memory_format = torch.preserve_format) -> Tensor:
    """A copy of its own in a type and a layout, wherever the images are; gradients pass through it.

    Args:
        images: (N, C, H, W).
        dtype: of the copy.
        layout: of the copy.
    """
    if _is_plain(images) and dtype == torch.float32 and layout != torch.channels_last:
        return _tensor(images.numpy().copy())
    return images.to(dtype, memory_format=layout, copy=True)


def holds_only_finite(images: Tensor) -> bool:
    """Whether there is no NaN and nothing infinite among the values; waits for a device that is at work on them."""
    if _is_plain(images):
        array = images.numpy()
        return bool(np.isfinite(array.min()) and np.isfinite(array.max()))  # NaN propagates
    return bool(is_finite(images))


def is_finite(output: Tensor) -> Tensor:
    """Whether all values are finite: one boolean where the output is, which nobody has waited for."""
    lowest, highest = torch.aminmax(output)  # NaN propagates; a third of the cost of isfinite over every value
    return torch.isfinite(lowest) & torch.isfinite(highest)


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(array)  # pyright: ignore[reportUnknownMemberType] -- torch's stub names no dtype


def _is_plain(images: Tensor) -> bool:
    """Whether NumPy can take it as it is."""
    return (
        not _alone.get()
        and images.device.type == "cpu"
        and images.dtype == torch.float32
        and images.is_contiguous()
        and not images.requires_grad
    )
