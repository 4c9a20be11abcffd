"""What the engine knows of physics layers: that their steps can be set and their fields looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from .errors import RestorationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .contracts import UInt8Image
    from .inference import Restorer

    Values = NDArray[np.floating]

__all__ = ["PhysicalFields", "PhysicsLayer", "added_parts", "observe", "physics_layers", "submodules"]


@dataclass(frozen=True, slots=True)
class PhysicalFields:
    """What a layer learned to do to one image; each (C, H, W), at the resolution of the layer."""

    u: Values
    """Velocity to the right, pixels of the layer per unit of time."""

    v: Values
    """Velocity downwards."""

    dx: Values
    """Diffusivity along rows, pixels² per unit of time."""

    dy: Values
    """Diffusivity along columns."""

    source: Values
    """What is added per unit of time."""

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
    return {name: module for name, module in submodules(network) if isinstance(module, PhysicsLayer)}


def added_parts(network: nn.Module) -> list[str]:
    """Names of the modules that say `starts_as_identity`: they change nothing until they are trained."""
    return [name for name, module in submodules(network) if getattr(module, "starts_as_identity", False)]


def submodules(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """Every module with its dotted path, the network itself with an empty one; torch leaves their types open."""
    return list(cast("Iterable[tuple[str, nn.Module]]", network.named_modules()))


def observe(restorer: Restorer, image: UInt8Image, key: str = "") -> PhysicalFields:
    """Restore an image and look at the first physics layer meanwhile; where it runs several times, at the first.

    Args:
        restorer: its network has a physics layer.
        image: (H, W, 3), RGB, uint8.
        key: of the image; seeds a stochastic network.

    Raises:
        UsageError: the network has none.
        RestorationError: the network failed on the image or did not use the layer, or the image is restored in tiles,
            of which the layer sees each alone.
    """
    layers = physics_layers(restorer.network)
    if not layers:
        raise UsageError(
            f"{restorer.card.name} has no physics layer to show: name a model with one, such as nafnet-nano+pde."
        )
    _refuse_tiles(restorer.settings.tile if max(image.shape[:2]) > (restorer.settings.tile or 0) else None)
    name, layer = next(iter(layers.items()))
    seen: list[PhysicalFields] = []

    def look(_module: nn.Module, features: tuple[Tensor, ...]) -> None:
        if not seen:
            seen.append(layer.observe(features[0]))

    hook = restorer.network.get_submodule(name).register_forward_pre_hook(look)
    try:
        restored = restorer.restore(image, key)
    finally:
        hook.remove()
    _refuse_tiles(restored.tile)  # memory may have run out on the way
    if not seen:
        raise RestorationError(f"{restorer.card.name} restored the image without its layer {name}: there is no field.")
    return seen[0]


def _refuse_tiles(tile: int | None) -> None:
    if tile is not None:
        raise RestorationError(
            f"A physics layer sees each tile of {tile} pixels alone, so that there is no one field of the image: use a "
            "smaller image or no tiles."
        )
