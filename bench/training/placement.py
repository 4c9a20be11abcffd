"""A network in training and its batches: on a device, in the memory layout and the form that a recipe asks for."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UsageError
from .data import Batch
from .objectives import TrainingLoss
from .recipe import Recipe

__all__ = ["check_placement", "on_device", "place"]


def check_placement(recipe: Recipe, network: nn.Module, device: torch.device | None = None) -> None:
    """Refuse a precision or form in which a network cannot be trained.

    Args:
        recipe: of the training.
        network: to be trained.
        device: of the training, if that is known.

    Raises:
        UsageError: fp16 without a GPU, or `torch.compile` of a network that is trained by objectives of its own.
    """
    if device is not None and recipe.precision == "fp16" and device.type != "cuda":
        raise UsageError(f"{recipe.title} trains in fp16, which needs a GPU: use bf16 or fp32, or --device cuda.")
    if recipe.compile and TrainingLoss.of(network, recipe).own:
        raise UsageError(
            f"{recipe.title} compiles {recipe.model}, but that network is trained by objectives of its own, which "
            "torch.compile does not reach: leave out compile."
        )


def place(network: nn.Module, recipe: Recipe, device: torch.device) -> nn.Module:
    """Move a network to the device, in place, and have it compiled when it is first called if the recipe says so.

    Raises:
        UsageError: it has no channels_last form.
    """
    network = network.to(device)
    if recipe.channels_last:
        try:
            network = network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] -- not in torch's stub
        except RuntimeError as error:
            raise UsageError(f"{recipe.model} has no channels_last form ({error}): leave out channels_last.") from error
    if recipe.compile:
        network.compile()  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
    return network


def on_device(batch: Batch, recipe: Recipe, device: torch.device) -> tuple[Tensor, Tensor]:
    """The degraded and the target images of a batch; pinned ones arrive while the step before still runs."""
    layout = torch.channels_last if recipe.channels_last else torch.preserve_format
    degraded, target = (
        images.to(device, non_blocking=True, memory_format=layout) for images in (batch.degraded, batch.target)
    )
    return degraded, target
