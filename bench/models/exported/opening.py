"""From a file name to the entry of an exported model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...contracts import ModelCard
from ...errors import UsageError
from .files import card_beside, is_model_file, kind_of

if TYPE_CHECKING:
    from torch import nn

    from ..entries import ModelEntry

__all__ = ["exported_entry"]


def exported_entry(name: str) -> ModelEntry | None:
    """The entry of a model that is a file; `None` for other names.

    Raises:
        UsageError: there is no such file, or it holds weights without a network.
        CheckpointError: it is damaged.
    """
    if not is_model_file(name):
        return None
    from ..entries import ModelEntry

    path = Path(name).expanduser()
    kind_of(path)
    return ModelEntry(replace(card_beside(path), name=name), _build, from_file=_open, file=path)


def _build() -> nn.Module:
    raise UsageError("An exported network is opened from its file: give the file.")


def _open(path: Path, weights_key: str | None) -> tuple[ModelCard, nn.Module]:
    """Card and network of an exported file.

    Raises:
        UsageError: a network in it was asked for.
        CheckpointError: it cannot be opened, or is no network from one image to one image.
        MissingDependencyError: what runs it is not installed.
    """
    if weights_key is not None:
        raise UsageError(f"{path} has its weights inside, so weights_key has no meaning for it: leave it out.")
    card, kind = card_beside(path), kind_of(path)
    if kind == "onnx":
        from .onnx import open_onnx

        return open_onnx(path, card)
    if kind == "torchscript":
        from .torchscript import open_torchscript

        return open_torchscript(path, card)
    from .export_program import open_program

    return open_program(path, card)
