"""Models whose names say what they are: exported files and programs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts import ModelCard
from ..errors import UsageError
from ..registry.code_identity import code_of_program
from ..registry.specs import PROGRAM
from .entries import ModelEntry
from .exported.files import card_beside, is_model_file, kind_of
from .program import TIMEOUT, Program, program_words, takes_folder

if TYPE_CHECKING:
    from torch import nn

__all__ = ["entry_by_form"]


def entry_by_form(name: str) -> ModelEntry | None:
    """The entry of an exported file or of a command line after `cmd:`; `None` for other names.

    Raises:
        UsageError: there is no such file or program, or it holds weights without a network.
        CheckpointError: a file is damaged.
    """
    if name.startswith(PROGRAM):
        return _program(name)
    if not is_model_file(name):
        return None
    path = Path(name).expanduser()
    kind_of(path)
    return ModelEntry(replace(card_beside(path), name=name), _unbuilt, from_file=_open, file=path)


def _program(name: str) -> ModelEntry:
    words = program_words(name.removeprefix(PROGRAM))
    card = ModelCard(
        name=name,
        title=Path(words[0]).name,
        task="restoration",
        needs_weights=False,
        variant="program, a folder at a time" if takes_folder(words) else "program",
        notes=("A program of its own: timed as a process, with its start and with reading and writing image files.",),
        settings={"command": list(words)},
    )

    def build(*, timeout: float = TIMEOUT) -> nn.Module:
        from .program_network import ProgramNetwork

        if timeout <= 0:
            raise UsageError(f"timeout of {name} is {timeout:g}, but must be positive.")
        return ProgramNetwork(Program(words, timeout))

    return ModelEntry(card, build, code=lambda: code_of_program(words))


def _unbuilt() -> nn.Module:
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
        from .exported.onnx import open_onnx

        return open_onnx(path, card)
    if kind == "torchscript":
        from .exported.torchscript import open_torchscript

        return open_torchscript(path, card)
    from .exported.export_program import open_program

    return open_program(path, card)
