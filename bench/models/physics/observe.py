"""Restore one image and look at the fields of its physics layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...contracts import Observation
from ...errors import RestorationError, UsageError
from .layers import PhysicalFields, physics_layers
from .maps import FIELDS_FOLDER, FIELDS_SUFFIX, KEPT_SIDE, encode_fields, mean_fields

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ...contracts import UInt8Image
    from ..inference import Restorer

__all__ = ["FieldObserver", "observe"]


class FieldObserver:
    """Observes what the physics layer of a model does to an image.

    Args:
        restorer: its network has a physics layer.
    """

    def __init__(self, restorer: Restorer) -> None:
        self._restorer = restorer

    def observe(self, image: UInt8Image, key: str) -> tuple[Observation, ...]:
        """The fields of one image as a run keeps them; errors as those of `observe`."""
        maps = mean_fields(observe(self._restorer, image, key), side=KEPT_SIDE)
        return (Observation(FIELDS_FOLDER, FIELDS_SUFFIX, encode_fields(maps)),)


def observe(restorer: Restorer, image: UInt8Image, key: str = "") -> PhysicalFields:
    """Restore an image and look at the first physics layer meanwhile; where it runs several times, at the first.

    Args:
        restorer: its network has a physics layer.
        image: (H, W, 3), RGB, uint8.
        key: of the image; seeds a stochastic network.

    Raises:
        UsageError: the network has none.
        RestorationError: the network failed on the image or did not use the layer, or the image is restored in parts
            (tiles, a grid, the turns of an ensemble), of which the layer sees each alone.
    """
    layers = physics_layers(restorer.network)
    if not layers:
        raise UsageError(
            f"{restorer.card.name} has no physics layer to show: name a model with one, such as nafnet-nano+pde."
        )
    _refuse_tiles(restorer.tile_for(*image.shape[:2]))
    if not restorer.restores_at_once(*image.shape[:2]):
        raise RestorationError(
            f"A physics layer sees each part of an image alone that is restored by {restorer.card.variant}, so that "
            "there is no one field of the image: observe the model without grid and ensemble."
        )
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
