"""Restoration on a GPU that never waits for copies: the next image goes up and the last comes down meanwhile.

The network sees each image alone and in the same order as without, so that no value changes.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakSet

import torch

from ..contracts import QuantiserName, UInt8Image
from ..errors import OutOfMemoryError, RestorationError
from ..metrics.quantise import quantise_tensor
from .outputs import NOT_FINITE
from .transfers import CudaTransfers, Download, Mark, Transfers, Upload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from .inference import Restorer
    from .restored import OnDevice

__all__ = ["Overlap", "Underway", "overlap_of"]

DEPTH = 2
"""Images in the device's queue: one that it works on, and one that it finds when that is done."""

UPLOADED_BYTES = 64 << 20
"""Of images that wait on the device; further ones are sent when it is their turn."""


@dataclass(frozen=True, slots=True)
class Underway:
    """An image that the device may still be working on."""

    download: Download
    """The image (H, W, 3), rounded uint8 or raw float32, and whether the network's output was finite."""

    began: Mark
    ended: Mark
    tile: int | None
    drew_from: tuple[str, ...]

    def image(self) -> NDArray[np.float32] | UInt8Image:
        """Wait for the image; in memory of its own, so that the pinned buffer is free again.

        Raises:
            RestorationError: it holds NaN or infinite values.
            RuntimeError: the device failed.
        """
        self.download.landed.synchronize()
        pixels, finite = self.download.tensors
        if not bool(finite):
            raise RestorationError(NOT_FINITE)
        return pixels.numpy().copy()

    @property
    def seconds(self) -> float:
        """Time of the network on the device, when the image is there."""
        return self.began.elapsed_time(self.ended) / 1000


class Overlap:
    """Keeps a device busy with a restorer's images.

    Args:
        restorer: whose network is called by one thread alone.
        transfers: how its device is reached.
    """

    def __init__(self, restorer: Restorer, transfers: Transfers) -> None:
        self._restorer, self._transfers = restorer, transfers
        self._queue: deque[Mark] = deque()
        self._uploads: WeakSet[Upload] = WeakSet()
        self._lock = Lock()

    def upload(self, image: UInt8Image) -> Upload | None:
        """Send an image ahead; `None` where too much waits already or memory is short. May be called by any thread."""
        with self._lock:
            if image.nbytes + sum(upload.nbytes for upload in self._uploads) > UPLOADED_BYTES:
                return None
            try:
                upload = self._transfers.upload(image)
            except RuntimeError:  # what is wrong with the device is said where the image is restored
                return None
            self._uploads.add(upload)
        return upload

    def restore(
        self, image: UInt8Image, key: str, upload: Upload | None, rule: QuantiserName | None
    ) -> tuple[Underway, ...]:
        """Queue the restoration of an image, as often as the restorer samples.

        Waits while `DEPTH` images are in the queue.

        Args:
            image: (H, W, 3).
            key: of the image.
            upload: the image, if it was sent ahead.
            rule: the device rounds the image by it; `None` returns floats.

        Raises:
            RestorationError: the network failed on it.
            OutOfMemoryError: it does not fit into memory and tiles were not allowed.
        """
        pixels = None if upload is None else self._transfers.receive(upload)
        if pixels is None:
            pixels = torch.from_numpy(image).to(self._restorer.device)  # pyright: ignore[reportUnknownMemberType] -- torch's stub names no dtype
        begun = [self._sample(pixels, key, 0, rule)]
        while len(begun) < self._restorer.samples:  # which grows when the first shows that the network is random
            begun.append(self._sample(pixels, key, len(begun), rule))
        return tuple(begun)

    def _sample(self, pixels: Tensor, key: str, sample: int, rule: QuantiserName | None) -> Underway:
        while len(self._queue) >= DEPTH:
            self._queue.popleft().synchronize()
        began = self._transfers.mark()
        made = self._made(pixels, key, sample)
        image = made.planes.permute(1, 2, 0) if rule is None else quantise_tensor(made.planes.permute(1, 2, 0), rule)
        image = image.contiguous()
        ended = self._transfers.mark()
        self._queue.append(ended)
        download = self._transfers.download((image, made.finite), ended)
        return Underway(download, began, ended, made.tile, made.drew_from)

    def _made(self, pixels: Tensor, key: str, sample: int) -> OnDevice:
        """The restored image; when memory runs out, once more with nothing else on the device, and then in tiles.

        So it is restored in tiles exactly when it would be if it were the only one.
        """
        try:
            return self._restorer.restore_on_device(pixels, key, sample=sample, tile_on_oom=False)
        except OutOfMemoryError:
            self._queue.clear()
            self._transfers.drain()
        return self._restorer.restore_on_device(pixels, key, sample=sample)


def overlap_of(restorer: Restorer) -> Overlap | None:
    """The overlap that goes with a restorer; `None` without a GPU, or for a program, which copies files."""
    from .program_network import ProgramNetwork

    if restorer.device.type != "cuda" or isinstance(restorer.network, ProgramNetwork):
        return None
    return Overlap(restorer, CudaTransfers(restorer.device))
