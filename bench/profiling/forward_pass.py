"""The forward pass that the profiler measures: that of `run`, without a look at the values."""

from __future__ import annotations

from torch import Tensor

from ..models.inference import Restorer

__all__ = ["ForwardPass"]


class ForwardPass(Restorer):
    """Pads, runs, crops and tiles as a `Restorer` does, but does not ask whether the output is finite.

    That question makes a GPU wait for its result and cannot be asked on the meta device.
    """

    def _check(self, output: Tensor) -> None:
        """Accept any values."""
