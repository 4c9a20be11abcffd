"""The forward pass that the profiler measures: that of `run`, without a look at the values."""

from __future__ import annotations

import contextlib
from collections.abc import Generator

import torch
from torch import Tensor

from ..models.inference import Restorer

__all__ = ["CountedPass", "ForwardPass"]


class ForwardPass(Restorer):
    """Pads, runs, crops and tiles as a `Restorer` does, but does not ask whether the output is finite.

    That question makes a GPU wait for its result and cannot be asked on the meta device.
    """

    def _check(self, output: Tensor) -> None:
        """Accept any values."""


class CountedPass(ForwardPass):
    """A forward pass in inference mode, in which operators reach the counter whole.

    Elsewhere torch takes `linear` and attention apart before anybody sees them, so that their parts would be counted.
    """

    @contextlib.contextmanager
    def _pass(self, images: Tensor, tile: int | None) -> Generator[None]:
        with super()._pass(images, tile), torch.inference_mode():
            yield
