"""A network made ready to run: on its device, in evaluation mode, complete, in its memory layout."""

from __future__ import annotations

import contextlib
from typing import cast

import torch
from torch import nn

from ..contracts import ModelCard
from ..errors import RestorationError, UsageError
from ..terminal.tracebacks import describe_fault

__all__ = ["dtype_name", "initialise_lazy", "network_dtype", "prepare_network"]

TRIAL_SIDE = 64
"""Side of the image that lazy modules learn their sizes from."""


def prepare_network(network: nn.Module, card: ModelCard, device: torch.device, *, channels_last: bool) -> nn.Module:
    """Move a network to its device, switch it to evaluation, and give lazy modules their sizes.

    Raises:
        UsageError: it has no channels_last form.
        RestorationError: a lazy network fails on its first image.
    """
    network = network.to(device)
    with contextlib.suppress(NotImplementedError):  # a module made by torch.export has one mode and refuses the other
        network.eval()
    initialise_lazy(network, card)
    if not channels_last:
        return network
    try:
        return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] -- not in torch's stub
    except RuntimeError as error:
        raise UsageError(f"{card.name} has no channels_last form ({error}): leave out --channels-last.") from error


def initialise_lazy(network: nn.Module, card: ModelCard) -> None:
    """Run one small image through a network whose lazy modules do not know their sizes yet.

    Raises:
        RestorationError: the network fails on it.
    """
    parameters = [*network.parameters(), *network.buffers()]
    lazy = [parameter for parameter in parameters if torch.nn.parameter.is_lazy(parameter)]
    if not lazy:
        return
    size = card.size
    side = max(TRIAL_SIDE, size.minimum)
    side += -side % size.multiple_of
    with contextlib.suppress(NotImplementedError):
        network.eval()
    try:
        with torch.no_grad():
            network(torch.zeros((1, 3, side, side), device=lazy[0].device))
    except Exception as error:  # a user's network may raise anything
        raise RestorationError(
            f"{card.name} has lazy modules, and the first image of {side}x{side} that should give them their sizes "
            f"failed: {describe_fault(error).sentence}."
        ) from error


def network_dtype(network: nn.Module) -> torch.dtype:
    """The floating-point type that all parameters and buffers have; float32 if there are none, or of several."""
    tensors = cast("list[torch.Tensor]", [*network.parameters(), *network.buffers()])
    kinds = {tensor.dtype for tensor in tensors if tensor.is_floating_point()}
    return kinds.pop() if len(kinds) == 1 else torch.float32


def dtype_name(dtype: torch.dtype) -> str:
    """As records have it: `float16`."""
    return str(dtype).removeprefix("torch.")
