"""Any function as a network, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from restorebench.bench.contracts import ModelCard
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.macs.records import MacCount
from torch import Tensor, nn

__all__ = ["CARD", "Toy", "count", "with_side_work"]

CARD = ModelCard("toy", "Toy", "restoration", needs_weights=False)


class Toy(nn.Module):
    """Any function as a network, with layers of its own if it needs them."""

    def __init__(self, function: Callable[..., Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, image: Tensor) -> Tensor:
        return self.function(self, image)


def count(function: Callable[..., Any], size: tuple[int, int] = (16, 16), **layers: nn.Module) -> MacCount:
    """Count what a function of (network, image) costs on one image."""
    return count_macs(Toy(function, **layers), CARD, size)


def with_side_work(work: Callable[[Tensor], Any]) -> Callable[..., Tensor]:
    """A function that does some work and returns its input, so that only the work costs anything."""

    def forward(_: nn.Module, image: Tensor) -> Tensor:
        work(image)
        return image

    return forward
