"""The interface of physics layers: settable steps and observable fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..modules import named_modules

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    Values = NDArray[np.floating]

__all__ = ["PhysicalFields", "PhysicsLayer", "added_parts", "physics_layers"]


@dataclass(frozen=True, slots=True)
class PhysicalFields:
    """The fields of a layer for one image; each (C, H, W), at the resolution of the layer."""

    u: Values
    """Velocity to the right, pixels of the layer per unit of time."""

    v: Values
    """Velocity downwards."""

    dx: Values
    """Diffusivity along rows, pixels² per unit of time."""

    dy: Values
    """Diffusivity along columns."""

    source: Values
    """Source term per unit of time."""

    steps: int
    time: float
    scale: Values
    """(C,): how much of each channel reaches the output; all zero in an untrained layer."""


@runtime_checkable
class PhysicsLayer(Protocol):
    """A layer that solves an equation in `steps` steps."""

    steps: int

    def observe(self, x: Tensor) -> PhysicalFields:
        """The fields for the features x (1, C, H, W)."""
        ...


def physics_layers(network: nn.Module) -> dict[str, PhysicsLayer]:
    """The physics layers of a network by the names of their modules."""
    return {name: module for name, module in named_modules(network) if isinstance(module, PhysicsLayer)}


def added_parts(network: nn.Module) -> list[str]:
    """Names of the modules that say `starts_as_identity`: they change nothing until they are trained."""
    return [name for name, module in named_modules(network) if getattr(module, "starts_as_identity", False)]
