"""Registered models: what is known of each before it is loaded, and the registry of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from ..contracts import ModelCard
from ..errors import UsageError
from ..registry.code_identity import CodeIdentity
from ..registry.registry import Registry

if TYPE_CHECKING:
    from torch import Tensor, nn


__all__ = ["MODELS", "FromFile", "LoadedModel", "ModelEntry", "Weights", "register_model"]


Weights = Mapping[str, "Tensor"]
"""A state dict: parameter name to tensor."""


FromFile: TypeAlias = Callable[[Path, "str | None"], "tuple[ModelCard, nn.Module]"]
"""Makes card and network from a weights file and the key in it that was asked for, if any."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A registered model: its card, how its network is built, how its weights file is read."""

    card: ModelCard
    build: Callable[..., nn.Module]
    """Returns the network; keyword parameters are the model's options (`NAME[option=value]`).

    The network maps (N, 3, H, W) float32 RGB in [0, 1] to the same, for sizes that `card.size` allows.
    """

    read_weights: Callable[[Path], Weights] | None = None
    """Reads a path into a state dict; `None` for an ordinary checkpoint file."""

    shipped_weights: Callable[[], Path | None] | None = None
    """Finds weights that come with the package; `None` if there are none."""

    from_file: FromFile | None = None
    """Makes card and network from the weights file itself, for models whose architecture only the file knows."""

    file: Path | None = None
    """The exported model that `from_file` opens, weights included; `None` for a model whose weights are given."""

    code: Callable[[], CodeIdentity] | None = None
    """Identifies a program of its own; `None` for a model in Python."""

    def __call__(self) -> nn.Module:
        """The network with its default options and random weights."""
        return self.build()


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network with its weights, and where they came from."""

    name: str
    """Name with options: `irsde-derain[sampler=ode]`."""

    network: nn.Module
    card: ModelCard
    weights: Path | None
    weights_sha256: str
    """SHA-256 of the file, or of the parameters if a network came with its own; `""` if it has none."""

    code: CodeIdentity = field(default_factory=CodeIdentity)
    """Of a user's model file and what it imports; empty for registered models."""

    findings: tuple[str, ...] = ()
    """What a reader of the results must know of the weights, as predicates of the model: `has weights that ...`."""

    @property
    def code_sha256(self) -> str:
        """Of a user's model file; `""` for registered models."""
        return self.code.main


def register_model(
    card: ModelCard,
    *,
    read_weights: Callable[[Path], Weights] | None = None,
    shipped_weights: Callable[[], Path | None] | None = None,
) -> Callable[[Callable[..., nn.Module]], ModelEntry]:
    """Decorator: register a function that builds a network, under `card.name`."""

    def decorate(build: Callable[..., nn.Module]) -> ModelEntry:
        entry = ModelEntry(card, build, read_weights, shipped_weights)
        MODELS.add(card.name, entry)
        return entry

    return decorate


def _coerce(value: object, name: str) -> ModelEntry:
    """What a user's file or an entry point names: a registered model, a network, what builds one, or what restores."""
    if isinstance(value, ModelEntry):
        return value
    from .adapters import as_network

    card = ModelCard(name=name, title=name, task="restoration", needs_weights=False)
    network = as_network(value)
    if network is not None:
        return ModelEntry(card, lambda: network)
    if callable(value):
        return ModelEntry(card, cast("Callable[..., nn.Module]", value))
    raise UsageError(f"{name} is neither a torch module nor a function that returns one.")


def _surroundings(name: str) -> AbstractContextManager[object]:
    from .foreign_code import importing  # imports torch

    return importing(name)


MODELS: Registry[ModelEntry] = Registry(
    "model",
    catalogue="restorebench.baselines:MODELS",
    group="restorebench.models",
    coerce=_coerce,
    by_form="restorebench.bench.models.forms:entry_by_form",
    surroundings=_surroundings,
)
