"""Files that are models by themselves, and the card that may lie beside one.

`net.card.toml` beside `net.onnx` may hold any of: title, task, family, paper, year, licence, quantiser, variant,
notes, multiple_of, minimum, padding.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...contracts import ModelCard, PaddingMode, QuantiserName, SizeRequirements, Task
from ...errors import CheckpointError, UsageError
from ...files.fingerprints import file_sha256
from ...files.toml import read_document

__all__ = ["SUFFIXES", "Kind", "card_beside", "exported_sha256", "is_model_file", "kind_of"]

SUFFIXES = (".onnx", ".pt2", ".pt", ".ts", ".pth", ".ckpt", ".safetensors")
"""Endings of files that are models, or that a user may take for one."""

Kind = Literal["onnx", "torchscript", "export"]
"""The format of an exported network."""


@dataclass(frozen=True, slots=True)
class FileCard:
    """The content of `NAME.card.toml`."""

    title: str = ""
    task: Task = "restoration"
    family: str = "user"
    paper: str = ""
    year: int | None = None
    licence: str = ""
    quantiser: QuantiserName | None = None
    variant: str = "full image"
    notes: tuple[str, ...] = ()
    multiple_of: int = 1
    minimum: int = 1
    padding: PaddingMode = "reflect"


def is_model_file(name: str) -> bool:
    """Whether a name refers to a file that is a model by itself.

    >>> is_model_file("./net.onnx"), is_model_file("net.jit.pt"), is_model_file("nafnet-nano")
    (True, True, False)
    """
    return name.lower().endswith(SUFFIXES)


def kind_of(path: Path) -> Kind:
    """Find the format of a file by its content: endings say little.

    Raises:
        UsageError: it is not there, or holds weights without a network.
        CheckpointError: it is no such file at all, or damaged.
    """
    if not path.is_file():
        raise UsageError(f"There is no file {path}: check the path of the exported model.")
    if path.suffix.lower() == ".onnx":
        return "onnx"
    if not zipfile.is_zipfile(path):
        if path.suffix.lower() == ".pt2":
            raise CheckpointError(f"{path} is damaged or no torch.export archive: export it again.")
        raise _weights(path)
    with zipfile.ZipFile(path) as archive:
        whole = archive.namelist()
    names = [*whole, *(name.partition("/")[2] for name in whole)]  # torch 2.6 puts no folder around a program
    if "archive_format" in names or any(name.endswith("serialized_exported_program.json") for name in names):
        return "export"
    if any(name.startswith("code/") for name in names) and "constants.pkl" in names:
        return "torchscript"
    raise _weights(path)


def exported_sha256(path: Path) -> str:
    """SHA-256 of an exported model; of a graph with weights in files of their own, over those as well.

    Raises:
        CheckpointError: a file cannot be read.
    """
    parts = sorted(_weights_beside(path)) if path.suffix.lower() == ".onnx" else []
    try:
        own = file_sha256(path)
        listing = "".join(f"{file_sha256(part)}  {part.name}\n" for part in parts)
    except OSError as error:
        raise CheckpointError(f"{error.filename} cannot be read: {error.strerror or error}.") from error
    return hashlib.sha256(f"{own}\n{listing}".encode()).hexdigest() if parts else own


def _weights_beside(path: Path) -> set[Path]:
    """Files in which an ONNX graph keeps tensors."""
    try:
        import onnx
    except ImportError:  # the exporters of torch call it so
        usual = path.with_name(f"{path.name}.data")
        return {usual} if usual.is_file() else set()
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(path), load_external_data=False)  # pyright: ignore[reportUnknownMemberType] -- its PathLike has no type
    except (DecodeError, ValueError, OSError) as error:
        raise CheckpointError(f"{path} is damaged or no ONNX graph: export it again.") from error
    return {
        path.parent / entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }


def card_beside(path: Path) -> ModelCard:
    """The card of an exported model: what `NAME.card.toml` beside it says, or that nothing is known.

    Raises:
        UsageError: the file beside it is not TOML, or has an unknown key or a value of the wrong kind.
    """
    stem = path.with_suffix("")
    place = (stem.with_suffix("") if stem.suffix == ".jit" else stem).with_suffix(".card.toml")
    if stem.suffix not in ("", ".jit"):
        place = path.with_name(f"{stem.name}.card.toml")
    said = _read(place) if place.is_file() else FileCard()
    return ModelCard(
        name=path.as_posix(),
        title=said.title or stem.name,
        task=said.task,
        family=said.family,
        paper=said.paper,
        year=said.year,
        licence=said.licence,
        size=SizeRequirements(said.multiple_of, said.minimum, said.padding),
        quantiser=said.quantiser,
        variant=said.variant,
        needs_weights=False,
        notes=said.notes,
    )


def _read(place: Path) -> FileCard:
    card = read_document(FileCard, place, "card")
    if min(card.multiple_of, card.minimum) < 1:
        raise UsageError(f"{place}: multiple_of and minimum must be at least 1.")
    return card


def _weights(path: Path) -> UsageError:
    return UsageError(
        f"{path} holds weights, not a program: write MODEL={path}; `restorebench models identify {path}` says which "
        "model they are for."
    )
