"""Copies between the host and a GPU on streams of their own, from and to pinned memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ..contracts import UInt8Image

__all__ = ["CudaTransfers", "Download", "Mark", "Transfers", "Upload"]


class Mark(Protocol):
    """A point in the queue of a stream; CUDA's events are such."""

    def synchronize(self) -> None:
        """Wait until the work before it is done."""
        ...

    def elapsed_time(self, end_event: Any, /) -> float:
        """Milliseconds from this point to a later one, when both are done."""
        ...


class Upload:
    """An image on its way to the device.

    Args:
        pixels: (H, W, 3) uint8 on the device, not yet there.
        ready: done when the pixels are there.
    """

    def __init__(self, pixels: Tensor, ready: Mark) -> None:
        self.ready = ready
        self._pixels: Tensor | None = pixels

    @property
    def nbytes(self) -> int:
        """Memory of the device that the image holds."""
        pixels = self._pixels
        return 0 if pixels is None else pixels.nbytes

    def take(self) -> Tensor | None:
        """The pixels, the first time; `None` afterwards, so that a waiting pair holds no memory of the device."""
        pixels, self._pixels = self._pixels, None
        return pixels


@dataclass(frozen=True, slots=True)
class Download:
    """Tensors on their way to the host."""

    tensors: tuple[Tensor, ...]
    """In host memory; to be read when `landed` is done."""

    landed: Mark


class Transfers(Protocol):
    """How a device is reached; tests replace it."""

    def upload(self, image: UInt8Image) -> Upload:
        """Send an image (H, W, 3) while the device computes; may be called from any thread."""
        ...

    def receive(self, upload: Upload) -> Tensor | None:
        """The pixels for the device's next work, which waits for them; `None` if they were taken before."""
        ...

    def mark(self) -> Mark:
        """The end of the work that was queued until now."""
        ...

    def download(self, tensors: Sequence[Tensor], after: Mark) -> Download:
        """Fetch tensors that are complete `after` a point, while the device computes what is queued next."""
        ...

    def drain(self) -> None:
        """Wait for everything, so that memory in use by copies is free again."""
        ...


class CudaTransfers:
    """Transfers of one GPU: a stream each way beside the one that computes.

    torch's allocators keep memory until the streams that were named to them are through with it: pinned memory by
    themselves, the device's by `record_stream`.

    Args:
        device: a CUDA device.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._up, self._down = torch.cuda.Stream(device), torch.cuda.Stream(device)

    def upload(self, image: UInt8Image) -> Upload:
        """Send an image (H, W, 3) while the device computes; may be called from any thread.

        Raises:
            RuntimeError: pinned memory, or the device's, is too small.
        """
        host = torch.empty(image.shape, dtype=torch.uint8, pin_memory=True)
        host.numpy()[...] = image
        with torch.cuda.stream(self._up):
            pixels = host.to(self._device, non_blocking=True)
            ready = torch.cuda.Event()
            ready.record(self._up)
        return Upload(pixels, ready)

    def receive(self, upload: Upload) -> Tensor | None:
        """The pixels for the device's next work, which waits for them; `None` if they were taken before."""
        pixels = upload.take()
        if pixels is not None:
            computing = self._computing
            computing.wait_event(upload.ready)  # pyright: ignore[reportArgumentType] -- it is one of CUDA's
            pixels.record_stream(computing)
        return pixels

    def mark(self) -> Mark:
        """The end of the work that was queued until now, for waiting without using a core."""
        event = torch.cuda.Event(enable_timing=True, blocking=True)
        event.record(self._computing)
        return event

    def download(self, tensors: Sequence[Tensor], after: Mark) -> Download:
        """Fetch tensors that are complete `after` a point, while the device computes what is queued next.

        Raises:
            RuntimeError: there is no more pinned memory.
        """
        hosts = tuple(torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True) for tensor in tensors)
        self._down.wait_event(after)  # pyright: ignore[reportArgumentType] -- it is one of CUDA's
        with torch.cuda.stream(self._down):
            for host, tensor in zip(hosts, tensors, strict=True):
                host.copy_(tensor, non_blocking=True)
                tensor.record_stream(self._down)
            landed = torch.cuda.Event(blocking=True)
            landed.record(self._down)
        return Download(hosts, landed)

    def drain(self) -> None:
        """Wait for everything, so that memory in use by copies is free again."""
        torch.cuda.synchronize(self._device)

    @property
    def _computing(self) -> torch.cuda.Stream:
        return torch.cuda.current_stream(self._device)
