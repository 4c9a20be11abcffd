"""Any image-to-image architecture that the library spandrel recognises from its weights file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from ..bench.contracts import ModelCard
from ..bench.errors import CheckpointError, MissingDependencyError, UsageError
from ..bench.models.checkpoints import read_checkpoint
from ..bench.models.entries import ModelEntry

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor

__all__ = ["spandrel"]

CARD = ModelCard(
    name="spandrel",
    title="spandrel",
    task="restoration",
    family="spandrel",
    notes=(
        "The architecture is recognised from the weights; spandrel pads, calls and clamps to [0, 1].",
        "Where an architecture is also registered here under its own name, that one follows the official inference.",
    ),
)


class SpandrelNetwork(nn.Module):
    """A model that spandrel made, with the padding and calling convention that spandrel knows for it."""

    def __init__(self, descriptor: ImageModelDescriptor[Any]) -> None:
        super().__init__()
        self.network: nn.Module = descriptor.model
        self._descriptor = descriptor

    def forward(self, images: Tensor) -> Tensor:
        """Restore (N, 3, H, W) in [0, 1] of any size; the output is clamped to [0, 1]."""
        return self._descriptor(images)


def from_file(path: Path, weights_key: str | None = None) -> tuple[ModelCard, nn.Module]:
    """Recognise the architecture of a weights file and load it.

    Args:
        path: the weights file.
        weights_key: which state dict of a file that holds several.

    Raises:
        MissingDependencyError: spandrel is not installed.
        CheckpointError: no architecture fits, or it changes the size or the number of channels.
    """
    try:
        from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
    except ImportError as error:
        raise MissingDependencyError("-m spandrel=FILE", "spandrel", "spandrel") from error
    try:
        descriptor = ModelLoader().load_from_state_dict(dict(read_checkpoint(path, weights_key)))
    except UnsupportedModelError as error:
        raise CheckpointError(
            f"spandrel recognises no architecture in {path}: `restorebench models identify {path}` looks among the "
            "models registered here."
        ) from error
    if not isinstance(descriptor, ImageModelDescriptor):
        raise CheckpointError(f"{path} is a {descriptor.architecture.name} model, which needs more than one image.")
    if descriptor.scale != 1 or (descriptor.input_channels, descriptor.output_channels) != (3, 3):
        raise CheckpointError(
            f"{path} is a {descriptor.architecture.name} model of scale {descriptor.scale}, from "
            f"{descriptor.input_channels} to {descriptor.output_channels} channels: only models that keep the size of "
            "an RGB image can be evaluated."
        )
    title = f"{descriptor.architecture.name} ({path.stem})"
    card = ModelCard(f"spandrel-{path.stem}", title, CARD.task, CARD.family, notes=CARD.notes)
    return card, SpandrelNetwork(descriptor)


def _build() -> nn.Module:
    raise UsageError("spandrel has no network of its own: write spandrel=FILE with weights that it recognises.")


spandrel = ModelEntry(CARD, _build, from_file=from_file)
