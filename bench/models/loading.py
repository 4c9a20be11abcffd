"""Models by name: how one is registered, found, given its weights and made ready to restore images."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..contracts import InferenceSettings, ModelCard
from ..errors import CheckpointError, UsageError
from ..registry.code_identity import CodeIdentity, code_of, code_of_module
from ..registry.options import as_json
from ..registry.registry import is_module_name, is_user_file
from ..registry.specs import Spec, parse_spec, with_path
from ..registry.user_files import user_code
from ..registry.variables import variables_read
from .adapters import as_network, restoring_network
from .code import code_of_network
from .entries import MODELS, FromFile, LoadedModel, ModelEntry
from .general_options import GeneralOptions, bind_model_options
from .known_files import check_known_file

if TYPE_CHECKING:
    from torch import nn

    from .inference import Restorer

__all__ = [
    "RANDOM",
    "WeightsChoice",
    "as_restorer",
    "bound_card",
    "load_model",
    "loaded_restorer",
    "open_model",
    "random_label",
]

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


def as_restorer(value: object, settings: InferenceSettings | None = None) -> Restorer:
    """Whatever restores images, made ready: a torch module, a function, a registered model, or a `Restorer`.

    Raises:
        UsageError: it is none of these.
    """
    from .inference import Restorer

    if isinstance(value, Restorer):
        return value
    if isinstance(value, ModelEntry):
        return load_model(value.card.name, settings=settings)
    network = restoring_network(value)
    named = getattr(value, "__qualname__", None) or type(value).__qualname__
    name = named.replace("<locals>.", "").replace("<lambda>", "lambda")
    return Restorer(network, ModelCard(name, name, "restoration", needs_weights=False), settings)


def loaded_restorer(restorer: Restorer) -> LoadedModel:
    """Describe a model that was loaded in this process; it is identified by its parameters and its code."""
    network, card = restorer.network, restorer.card
    return LoadedModel(card.name, network, card, None, _parameters_sha256(network), code_of_network(network))


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
    card, options, general = _bound(entry, spec)
    path = _default_weights(entry) if spec.path is None and weights == "default" else spec.path
    if path is None and general.weights_key is not None:
        raise UsageError(f"weights_key of {spec.name} chooses among the networks of a weights file: write {spec}=FILE.")
    _refuse_weights_of(spec, path, general)
    # Before anything is built, which may change the working directory.
    file = Path(spec.name.rpartition(":")[0]).expanduser().absolute() if is_user_file(spec.name) else None
    network, card = _build(entry, spec.name, options, card, generators=weights == "default")
    if path is not None:
        sha256, note = _load_weights(entry, network, path, general.weights_key)
        card = replace(card, notes=(note, *card.notes)) if note else card
        finding = "" if _is_users(spec.name) else check_known_file(card, path, sha256, general.weights_of)
    else:
        finding = ""
        sha256 = random_label(card, spec) if weights == "random" else _parameters_sha256(network)
    code = _code(spec.name, file) if entry.code is None else entry.code()
    if not finding:
        return LoadedModel(str(spec), network, card, path, sha256, code)
    card = replace(card, notes=(f"{spec.name} {finding}", *card.notes))
    return LoadedModel(str(spec), network, card, path, sha256, code, (finding,))


def _refuse_weights_of(spec: Spec, path: Path | None, general: GeneralOptions) -> None:
    """Refuse the option `weights_of` where it could change nothing."""
    if general.weights_of is None:
        return
    if path is None:
        raise UsageError(f"weights_of of {spec.name} is about a weights file, and there is none: leave it out.")
    if _is_users(spec.name):
        raise UsageError(f"{spec.name} is not a registered model and takes any weights that fit: leave out weights_of.")


def _is_users(name: str) -> bool:
    """Whether a model is code of the user's, which may be made for any file."""
    return is_user_file(name) or is_module_name(name)


def bound_card(spec: Spec) -> ModelCard:
    """The card of a model with the options of `spec` in its settings; neither network nor weights are touched.

    Raises:
        UsageError: an unknown name or option.
    """
    return _bound(MODELS.get(spec.name), spec)[0]


def _bound(entry: ModelEntry, spec: Spec) -> tuple[ModelCard, dict[str, object], GeneralOptions]:
    options, general = bind_model_options(entry.build, spec.options, f"model {spec.name}")
    settings = {**entry.card.settings, **{name: as_json(value) for name, value in options.items()}}
    return general.applied(replace(entry.card, settings=settings)), options, general


def random_label(card: ModelCard, spec: Spec) -> str:
    """`random` for a model that has weights, `""` for a method that has none."""
    return RANDOM if card.needs_weights or _is_users(spec.name) else ""


def _open_file(entry: ModelEntry, from_file: FromFile, spec: Spec) -> LoadedModel:
    from .checkpoints import sha256_file
    from .exported.files import exported_sha256
    from .foreign_code import building

    name = entry.card.name
    if entry.file is not None and spec.path is not None:
        raise UsageError(f"{name} has its weights inside: leave out ={spec.path}.")
    path = entry.file or spec.path
    if path is None:
        raise CheckpointError(f"{name} knows its architecture from the weights file: write {name}=FILE.")
    if not path.is_file():
        raise CheckpointError(f"There is no weights file {path}: check the path after the '=' of {name}=.")
    _, general = bind_model_options(entry.build, spec.options, f"model {name}")
    if general.weights_of is not None:
        raise UsageError(f"{name} makes its network from the weights file itself: leave out weights_of.")
    with building(name):
        card, network = from_file(path, general.weights_key)
        card = _converted(network, general.applied(replace(card, name=name) if entry.file is not None else card))
    sha256 = exported_sha256(path) if entry.file is not None else sha256_file(path)
    return LoadedModel(str(Spec(card.name, options=spec.options)), network, card, path, sha256)


def _build(
    entry: ModelEntry, name: str, options: Mapping[str, object], card: ModelCard, *, generators: bool
) -> tuple[nn.Module, ModelCard]:
    from .foreign_code import building
    from .preparation import initialise_lazy

    with building(name, generators=generators), _code_running(name):
        network = _network(entry.build(**options), name)
        initialise_lazy(network, card)
        return network, _converted(network, card)


def _converted(network: nn.Module, card: ModelCard) -> ModelCard:
    """Give the network its local windows, if its scheme has any; the card with a note on them."""
    if not card.scheme.tlc:
        return card
    from .tlc import convert_to_local

    return replace(card, notes=(convert_to_local(network, card, card.scheme.tlc), *card.notes))


def _network(made: object, name: str) -> nn.Module:
    """What a function that builds a model returned, as a network."""
    network = as_network(made)
    if network is None and callable(made) and not isinstance(made, type):
        return restoring_network(made)
    if network is None:
        raise UsageError(f"{name} returned a {type(made).__name__}, not a torch module or a function of an image.")
    return network


@contextlib.contextmanager
def _code_running(name: str) -> Generator[None]:
    """Let a user's code find what is beside it, and write down which environment variables it reads."""
    with contextlib.ExitStack() as stack:
        if is_user_file(name):
            stack.enter_context(user_code(Path(name.rpartition(":")[0]).expanduser().resolve()))
        if _is_users(name):
            stack.enter_context(variables_read(name))
        yield


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


def _load_weights(
    entry: ModelEntry, network: nn.Module, path: Path, weights_key: str | None
) -> tuple[str, str]:  # fmt: skip -- a signature
    """The file's sha256, and what is to be said about it."""
    from .checkpoints import sha256_file
    from .fitting import load_file, load_weights

    if not path.exists():
        raise CheckpointError(f"There is no weights file {path}: check the path after the '=' of {entry.card.name}=.")
    if not any(True for _ in network.state_dict()):
        raise UsageError(f"{entry.card.name} has no weights to load: leave out ={path}.")
    name = entry.card.name
    if entry.read_weights is None:
        return sha256_file(path), load_file(network, path, model_name=name, weights_key=weights_key)
    if weights_key is not None:
        raise UsageError(
            f"{name} reads its weights in its own way, so weights_key has no meaning for it: leave it out."
        )
    return sha256_file(path), load_weights(network, entry.read_weights(path), model_name=name, path=path)


def _parameters_sha256(network: nn.Module) -> str:
    """Over names and values, so that a network that loads its own weights cannot go stale unnoticed."""
    import torch

    state = network.state_dict()
    digest = hashlib.sha256()
    for name, tensor in state.items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest() if state else ""


def _code(name: str, file: Path | None) -> CodeIdentity:
    """Of a user's file, or of a module that somebody put on Python's path; empty for registered models."""
    if file is not None:
        return code_of(file, name)
    if is_module_name(name) and name not in MODELS.names():
        return code_of_module(name.partition(":")[0], name)
    return CodeIdentity()
