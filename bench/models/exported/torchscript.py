"""TorchScript files. They hold operators of torch and code in TorchScript's own language; no Python runs."""

from __future__ import annotations

import copy
import io
import warnings
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from ...contracts import ModelCard
from ...errors import CheckpointError

__all__ = ["ScriptedNetwork", "copy_network", "open_torchscript"]


class ScriptedNetwork(nn.Module):
    """A TorchScript program as a module."""

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self.program = program

    def forward(self, images: Tensor) -> Tensor:
        """Run the program; the result is whatever it returns."""
        return self.program(images)


def copy_network(network: nn.Module) -> nn.Module:
    """A deep copy; TorchScript programs in it are written and read again, since their copies cannot be used."""
    programs = [module for module in network.modules() if isinstance(module, torch.jit.ScriptModule)]  # pyright: ignore[reportPrivateImportUsage] -- torch documents it under this name
    return copy.deepcopy(network, {id(program): _reread(program) for program in programs})


def _reread(program: nn.Module) -> nn.Module:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in open_torchscript
        torch.jit.save(program, file)  # pyright: ignore[reportUnknownMemberType, reportPrivateImportUsage, reportArgumentType] -- untyped in torch
        file.seek(0)
        return cast("nn.Module", torch.jit.load(file))  # pyright: ignore[reportUnknownMemberType, reportPrivateImportUsage] -- untyped in torch


def open_torchscript(path: Path, card: ModelCard) -> tuple[ModelCard, nn.Module]:
    """Load a program onto the CPU.

    Raises:
        CheckpointError: it cannot be loaded; the message has torch's reason.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch.jit is deprecated, which its files are not
            program = cast("nn.Module", torch.jit.load(path, map_location="cpu"))  # pyright: ignore[reportUnknownMemberType, reportPrivateImportUsage] -- untyped in torch
    except (RuntimeError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [""])[-1][:200]
        raise CheckpointError(
            f"{path} cannot be loaded as TorchScript by torch {torch.__version__}: {reason}."
        ) from error
    return replace(card, settings={**card.settings, "runtime": "TorchScript"}), ScriptedNetwork(program)
