"""Load a state dict into a network, strictly, and say which model it fits if not this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CheckpointError
from .checkpoints import no_state_dict, read_file
from .identify import Candidate, Shapes, identify, shapes_of
from .physics.layers import added_parts
from .wrappers import StateDict, choose, plain, state_dicts, without_network

if TYPE_CHECKING:
    from torch import Tensor, nn


__all__ = ["load_file", "load_weights"]


SHOWN = 3
"""Keys of each kind that a mismatch message names."""


def load_file(network: nn.Module, path: Path, *, model_name: str, weights_key: str | None = None) -> str:
    """Find the state dict in a weights file that fits a network, and copy it into the network.

    Args:
        network: what the weights are for.
        path: a weights file as training code left it; see `wrappers`.
        model_name: for messages.
        weights_key: which of several networks in the file is meant.

    Returns:
        What a reader of the results must know: `""`, or which weights of the file these are, or that parts are
        untrained.

    Raises:
        CheckpointError: the file cannot be used, nothing in it fits, or several networks in it do.
    """
    raw = read_file(path)
    found = state_dicts(raw)
    whole = shapes_of(network.state_dict())
    base = {key: shape for key, shape in whole.items() if key not in {*_added_keys(network)}}
    choice = choose(found, [whole] if base == whole else [whole, base], path, weights_key)
    if choice is None:
        nearest = _nearest(found, weights_key, whole, path)
        if nearest is None:
            raise no_state_dict(path, raw)
        return load_weights(network, plain(nearest.tensors), model_name=model_name, path=path)
    untrained = load_weights(network, choice.state, model_name=model_name, path=path)
    note = f"Of {path.name}, {choice.note}." if choice.note else ""
    return " ".join(filter(None, (untrained, note)))


def _nearest(found: Sequence[StateDict], weights_key: str | None, expected: Shapes, path: Path) -> StateDict | None:
    """The state dict that a mismatch message is about."""
    if weights_key is not None:
        return without_network(found, path, weights_key)
    shares = [(Candidate.between("", expected, shapes_of(plain(each.tensors))).share, each) for each in found]
    return max(shares, key=lambda pair: pair[0])[1] if shares else None


def load_weights(network: nn.Module, state: Mapping[str, Tensor], *, model_name: str, path: Path) -> str:
    """Copy a state dict into a network; every key and every shape must agree.

    One exception: modules that say `starts_as_identity` may be absent, all of them and completely. Such a network
    restores as the one that the file was made for.

    Returns:
        What a reader of the results must know: `""`, or that parts are untrained.

    Raises:
        CheckpointError: they do not; the message says which model the file is likely for, and the first keys
            that are missing, unexpected or of another shape.
    """
    difference = Candidate.between(model_name, shapes_of(network.state_dict()), shapes_of(state))
    added = _added_keys(network)
    if added and not difference.unexpected + difference.misshapen and {*difference.missing} == {*added}:
        network.load_state_dict(state, strict=False)
        return f"{path.name} has no weights for {added[0].partition('.')[0]}, which is untrained and changes nothing."
    if not difference.exact:
        raise CheckpointError(f"{path} does not fit {model_name}: {_likely(state, difference)}{_keys(difference)}")
    network.load_state_dict(state)
    return ""


def _added_keys(network: nn.Module) -> list[str]:
    """The keys of all modules that leave a network as it is until they are trained."""
    prefixes = tuple(f"{name}." for name in added_parts(network))
    return [key for key in network.state_dict() if key.startswith(prefixes)]


def _likely(state: Mapping[str, Tensor], difference: Candidate) -> str:
    nearer = [candidate for candidate in identify(state) if candidate.part or candidate.share > difference.share]
    exact = [candidate.model for candidate in nearer if candidate.exact]
    if exact:
        return f"it holds the weights of {' or '.join(exact)}; "
    if not nearer:
        return ""
    return f"it is {'only' if nearer[0].part else 'nearest to'} {nearer[0].describe()}; "


def _keys(difference: Candidate) -> str:
    kinds = {
        "missing": difference.missing,
        "unexpected": difference.unexpected,
        "of another shape": difference.misshapen,
    }
    parts = [
        f"{len(keys)} {kind} ({', '.join(keys[:SHOWN])}{', ...' if len(keys) > SHOWN else ''})"
        for kind, keys in kinds.items()
        if keys
    ]
    return f"{', '.join(parts)}."
