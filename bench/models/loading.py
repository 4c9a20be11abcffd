"""Models by name: how one is registered, found, given its weights and made ready to restore images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..contracts import InferenceSettings, JsonValue, ModelCard
from ..errors import CheckpointError, UsageError
from ..files.fingerprints import file_sha256
from ..registry.registry import is_user_file
from ..registry.specs import Spec, bind_options, parse_spec, with_path
from .entries import MODELS, LoadedModel, ModelEntry
from .general_options import split_options, with_general_options

if TYPE_CHECKING:
    from torch import nn

    from .inference import Restorer

__all__ = ["RANDOM", "WeightsChoice", "bound_card", "load_model", "loaded_restorer", "open_model", "random_label"]

WeightsChoice: TypeAlias = Literal["default", "random"]
"""The weights of a network whose specification names no file.

`default`: those that ship or were fetched; a model that needs weights and has none is refused. `random`: those that
torch's global generator gives, as training starts from and as a cost can be measured with.
"""

RANDOM = "random"
"""Stands where the sha256 of the weights would, for a network with random ones."""


def load_model(
    name: str,
    weights: str | Path | None = None,
    device: str = "cpu",
    *,
    settings: InferenceSettings | None = None,
) -> Restorer:
    """A model ready to restore images.

    Args:
        name: a registered name, with options if any (`irsde-derain[sampler=ode]`), or `./file.py:attribute`.
        weights: a checkpoint; without one, weights that ship with the package or were fetched are used.
        device: `cpu`, `cuda` or `cuda:N`; ignored if `settings` is given.
        settings: everything else about the forward pass.

    Raises:
        UsageError: an unknown name, option or device.
        CheckpointError: weights that are missing, unsafe, or made for another model.
    """
    from .inference import Restorer

    loaded = open_model(with_path(parse_spec(name), weights))
    return Restorer(loaded.network, loaded.card, settings or InferenceSettings(device=device))


def loaded_restorer(restorer: Restorer) -> LoadedModel:
    """Describe a model that was loaded in this process; it is identified by its parameters."""
    return LoadedModel(restorer.card.name, restorer.network, restorer.card, None, _parameters_sha256(restorer.network))


def open_model(spec: Spec, *, weights: WeightsChoice = "default") -> LoadedModel:
    """Build the network that `spec` names and load its weights: the one way from a specification to a network.

    Args:
        spec: name, options, and a weights file if any.
        weights: what stands in for a file that `spec` does not name.

    Raises:
        UsageError: an unknown name or option, or weights for a model that takes none.
        CheckpointError: weights that are missing, unsafe, or made for another model.
    """
    entry = MODELS.get(spec.name)
    if entry.from_file is not None:
        return _open_file(entry, entry.from_file, spec)
    card, options = _bound(entry, spec)
    network = _build(entry, spec.name, options, card, generators=weights == "default")
    path = _default_weights(entry) if spec.path is None and weights == "default" else spec.path
    if path is not None:
        sha256, note = _load_weights(entry, network, path)
        card = replace(card, notes=(note, *card.notes)) if note else card
    else:
        sha256 = random_label(card, spec) if weights == "random" else _parameters_sha256(network)
    return LoadedModel(str(spec), network, card, path, sha256, _code_sha256(spec.name))


def bound_card(spec: Spec) -> ModelCard:
    """The card of a model with the options of `spec` in its settings; neither network nor weights are touched.

    Raises:
        UsageError: an unknown name or option.
    """
    return _bound(MODELS.get(spec.name), spec)[0]


def _bound(entry: ModelEntry, spec: Spec) -> tuple[ModelCard, dict[str, JsonValue]]:
    own, general = split_options(spec.options, entry.build, spec.name)
    options = bind_options(entry.build, own, f"model {spec.name}")
    card = with_general_options(entry.card, general)
    return replace(card, settings={**card.settings, **options}), options


def random_label(card: ModelCard, spec: Spec) -> str:
    """`random` for a model that has weights, `""` for a method that has none."""
    return RANDOM if card.needs_weights or is_user_file(spec.name) else ""


def _open_file(entry: ModelEntry, from_file: Callable[[Path], tuple[ModelCard, nn.Module]], spec: Spec) -> LoadedModel:
    from .checkpoints import sha256_file
    from .foreign_code import building

    name = entry.card.name
    if spec.path is None:
        raise CheckpointError(f"{name} knows its architecture from the weights file: write {name}=FILE.")
    if not spec.path.is_file():
        raise CheckpointError(f"There is no weights file {spec.path}: check the path after the '=' of {name}=.")
    _, general = split_options(spec.options, entry.build, spec.name)
    with building(name):
        card, network = from_file(spec.path)
    named = str(Spec(card.name, options=general))
    return LoadedModel(named, network, with_general_options(card, general), spec.path, sha256_file(spec.path))


def _build(
    entry: ModelEntry, name: str, options: Mapping[str, JsonValue], card: ModelCard, *, generators: bool
) -> nn.Module:
    from torch import nn

    from .foreign_code import building
    from .preparation import initialise_lazy

    with building(name, generators=generators):
        network = entry.build(**options)
        if isinstance(network, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance] -- as below
            initialise_lazy(network, card)
    if not isinstance(network, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance] -- a user's function may return anything
        raise UsageError(f"{name} returned a {type(network).__name__}, not a torch module.")
    return network


def _default_weights(entry: ModelEntry) -> Path | None:
    """Shipped or fetched weights; `None` for a model that needs none."""
    from .cache import weights_dir

    if entry.shipped_weights is not None and (shipped := entry.shipped_weights()) is not None:
        return shipped
    if not entry.card.needs_weights:
        return None
    known = [weights_dir() / checkpoint.filename for checkpoint in entry.card.checkpoints if checkpoint.filename]
    fetched = [path for path in known if path.exists()]
    if len(fetched) == 1:
        return fetched[0]
    if fetched:
        choices = " or ".join(f"{entry.card.name}={path}" for path in fetched)
        raise CheckpointError(f"Several weights of {entry.card.name} were fetched: write {choices}.")
    name = entry.card.name
    fetch = f", or get the official ones with `restorebench fetch {name}`" if entry.card.checkpoints else ""
    raise CheckpointError(f"{name} needs weights: write {name}=FILE{fetch}.")


def _load_weights(entry: ModelEntry, network: nn.Module, path: Path) -> tuple[str, str]:
    """The file's sha256, and what is to be said about it."""
    from .checkpoints import read_checkpoint, sha256_file
    from .fitting import load_weights

    if not path.exists():
        raise CheckpointError(f"There is no weights file {path}: check the path after the '=' of {entry.card.name}=.")
    if not any(True for _ in network.state_dict()):
        raise UsageError(f"{entry.card.name} has no weights to load: leave out ={path}.")
    state = (entry.read_weights or read_checkpoint)(path)
    note = load_weights(network, state, model_name=entry.card.name, path=path)
    return sha256_file(path), note


def _parameters_sha256(network: nn.Module) -> str:
    """Over names and values, so that a network that loads its own weights cannot go stale unnoticed."""
    import torch

    state = network.state_dict()
    digest = hashlib.sha256()
    for name, tensor in state.items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest() if state else ""


def _code_sha256(name: str) -> str:
    return file_sha256(Path(name.rpartition(":")[0])) if is_user_file(name) else ""
