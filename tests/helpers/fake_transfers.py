"""Transfers of a simulated device: nothing is done before somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from restorebench.bench.models.transfers import Download, Mark, Upload
from torch import Tensor

__all__ = ["FakeTransfers"]


class FakeMark:
    """A point in the queue; its number is its time in milliseconds."""

    def __init__(self, transfers: FakeTransfers, number: int, then: Callable[[], None] = lambda: None) -> None:
        self.transfers, self.number, self.then = transfers, number, then
        self.done = False

    def synchronize(self) -> None:
        if not self.done:
            self.done = True
            self.transfers.waits.append(self.number)
            self.then()

    def elapsed_time(self, end_event: Mark, /) -> float:
        assert isinstance(end_event, FakeMark)
        return float(end_event.number - self.number)


class FakeTransfers:
    """Fills the host's tensors only when their mark is waited for.

    Attributes:
        waits: numbers of the marks that were waited for, in order.
        drained: how often everything was waited for.
        full: whether there is no memory for uploads.
    """

    def __init__(self, *, full: bool = False) -> None:
        self.waits: list[int] = []
        self.drained = 0
        self.received = 0
        self.full = full
        self._marks = 0

    def upload(self, image: NDArray[np.uint8]) -> Upload:
        if self.full:
            raise RuntimeError("CUDA error: out of memory")
        return Upload(torch.from_numpy(image.copy()), self.mark())

    def receive(self, upload: Upload) -> Tensor | None:
        self.received += 1
        return upload.take()

    def mark(self) -> FakeMark:
        self._marks += 1
        return FakeMark(self, self._marks)

    def download(self, tensors: Sequence[Tensor], after: Mark) -> Download:
        hosts = tuple(torch.zeros_like(tensor) for tensor in tensors)

        def land() -> None:
            after.synchronize()
            for host, tensor in zip(hosts, tensors, strict=True):
                host.copy_(tensor)

        self._marks += 1
        return Download(hosts, FakeMark(self, self._marks, land))

    def drain(self) -> None:
        self.drained += 1
