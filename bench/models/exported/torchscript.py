"""TorchScript files. They hold operators of torch and code in TorchScript's own language; no Python runs."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from ...contracts import ModelCard
from ...errors import CheckpointError

__all__ = ["ScriptedNetwork", "open_torchscript"]


class ScriptedNetwork(nn.Module):
    """A TorchScript program as a module."""

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self.program = program

    def forward(self, images: Tensor) -> Tensor:
        """Whatever the program returns."""
        return self.program(images)


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
        raise CheckpointError(f"{path} cannot be loaded as TorchScript by torch {torch.__version__}: {reason}.") from error
    return replace(card, settings={**card.settings, "runtime": "TorchScript"}), ScriptedNetwork(program)
