"""Load a state dict into a network, strictly, and say which model it fits if not this one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CheckpointError
from .identify import Candidate, identify, shapes_of
from .physics.layers import added_parts

if TYPE_CHECKING:
    from torch import Tensor, nn


__all__ = ["load_weights"]


SHOWN = 3
"""Keys of each kind that a mismatch message names."""


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
