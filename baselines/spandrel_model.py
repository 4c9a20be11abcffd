"""Image-to-image architectures that the library spandrel recognises from a weights file."""

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
        "For architectures also registered under their own name, prefer that model: it follows the official inference.",
    ),
)


class SpandrelNetwork(nn.Module):
    """A model built by spandrel, with spandrel's padding and calling convention."""

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
        CheckpointError: no architecture matches, or it changes the size or the number of channels.
    """
    try:
        from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
    except ImportError as error:
        raise MissingDependencyError("-m spandrel=FILE", "spandrel", "spandrel") from error
    try:
        descriptor = ModelLoader().load_from_state_dict(dict(read_checkpoint(path, weights_key)))
    except UnsupportedModelError as error:
        raise CheckpointError(
            f"spandrel recognises no architecture in {path}: try `restorebench models identify {path}`, which searches "
            "the registered models."
        ) from error
    if not isinstance(descriptor, ImageModelDescriptor):
        raise CheckpointError(
            f"{path} is a {descriptor.architecture.name} model, which needs more than one image: give a model that "
            "restores single images."
        )
    if descriptor.scale != 1 or (descriptor.input_channels, descriptor.output_channels) != (3, 3):
        raise CheckpointError(
            f"{path} is a {descriptor.architecture.name} model of scale {descriptor.scale}, from "
            f"{descriptor.input_channels} to {descriptor.output_channels} channels: only RGB models that preserve the "
            "image size can be evaluated."
        )
    title = f"{descriptor.architecture.name} ({path.stem})"
    card = ModelCard(f"spandrel-{path.stem}", title, CARD.task, CARD.family, notes=CARD.notes)
    return card, SpandrelNetwork(descriptor)


def _build() -> nn.Module:
    raise UsageError("spandrel needs a weights file to build a network: write spandrel=FILE.")


spandrel = ModelEntry(CARD, _build, from_file=from_file)
