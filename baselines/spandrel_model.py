"""Image-to-image architectures that the library spandrel recognises from a weights file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from ..bench.contracts import ModelCard
from ..bench.errors import CheckpointError, MissingDependencyError, UsageError
from ..bench.models.checkpoints import read_checkpoint
from ..bench.models.entries import ModelEntry

if TYPE_CHECKING:
    from spandrel import ArchRegistry, ImageModelDescriptor

__all__ = ["spandrel", "spandrel_extra"]

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

EXTRA_CARD = replace(
    CARD,
    name="spandrel-extra",
    title="spandrel with its extra architectures",
    notes=(
        *CARD.notes,
        "It also knows MPRNet, MIRNetv2, M3SNet, SRFormer, CodeFormer and others, from spandrel_extra_arches.",
        "That package is apart for its licences, some non-commercial or copyleft (MPRNet: Academic Public License).",
        "Read the licence of an architecture before using its weights.",
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
        from spandrel import MAIN_REGISTRY
    except ImportError as error:
        raise MissingDependencyError("-m spandrel=FILE", "spandrel", "spandrel") from error
    return _recognised(path, weights_key, CARD, MAIN_REGISTRY)


def from_file_with_extra(path: Path, weights_key: str | None = None) -> tuple[ModelCard, nn.Module]:
    """Like `from_file`, among the architectures of spandrel_extra_arches too.

    Args:
        path: the weights file.
        weights_key: which state dict of a file that holds several.

    Raises:
        MissingDependencyError: spandrel or spandrel_extra_arches is not installed.
        CheckpointError: no architecture matches, or it changes the size or the number of channels.
    """
    try:
        from spandrel import MAIN_REGISTRY
        from spandrel_extra_arches import EXTRA_REGISTRY
    except ImportError as error:
        raise MissingDependencyError("-m spandrel-extra=FILE", "spandrel_extra_arches", "spandrel-extra") from error
    registry = MAIN_REGISTRY.copy()  # not the one that `spandrel` asks
    registry.add(*EXTRA_REGISTRY, ignore_duplicates=True)
    return _recognised(path, weights_key, EXTRA_CARD, registry)


def _recognised(
    path: Path, weights_key: str | None, general: ModelCard, registry: ArchRegistry
) -> tuple[ModelCard, nn.Module]:
    """The network of a weights file among the architectures of a registry.

    Raises:
        CheckpointError: none matches, or it changes the size or the number of channels.
    """
    from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError

    try:
        descriptor = ModelLoader(registry=registry).load_from_state_dict(dict(read_checkpoint(path, weights_key)))
    except UnsupportedModelError as error:
        raise CheckpointError(
            f"{general.title} recognises no architecture in {path}: try `restorebench models identify {path}`, which "
            "searches the registered models."
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
    card = ModelCard(f"{general.name}-{path.stem}", title, general.task, general.family, notes=general.notes)
    return card, SpandrelNetwork(descriptor)


def _build() -> nn.Module:
    raise UsageError("spandrel needs a weights file to build a network: write spandrel=FILE.")


spandrel = ModelEntry(CARD, _build, from_file=from_file)
spandrel_extra = ModelEntry(EXTRA_CARD, _build, from_file=from_file_with_extra)
