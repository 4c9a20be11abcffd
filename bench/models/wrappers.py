"""State dicts as training code leaves them in a file: below keys, with prefixes, beside others, with counters.

Nothing is guessed from a name. Every state dict in the file is tried against the network, as it is, below every
prefix, and without the names that wrappers put into keys; one is taken only if each key and shape agrees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from ..errors import CheckpointError, did_you_mean
from .identify import Shapes

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Choice", "StateDict", "choose", "plain", "state_dicts", "without_network"]

OTHERS = re.compile(
    r"optim|sched|scaler|callback|loop|amp|rng|hyper|config|metric|loss|args|ema_updates", re.IGNORECASE
)
"""Keys of what training needs besides networks."""

PARTS = (
    "module",
    "model",
    "net",
    "network",
    "netG",
    "net_g",
    "generator",
    "ema",
    "ema_model",
    "model_ema",
    "_orig_mod",
)
"""Names of the network in a training program; below one of them, other parts of that program may be left aside."""

INFIXES = ("_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_orig_mod.", "_forward_module.")
"""What FSDP, activation checkpoints, `torch.compile` and Lightning Fabric put into keys."""

COUNTERS = re.compile(r"(^|\.)(total_ops|total_params|n_averaged)$")
"""Buffers that thop and moving averages add to a network."""

DEEPEST = 3
"""Dictionaries within dictionaries that are looked through."""

T = TypeVar("T")
State = Mapping[str, "Tensor"]


@dataclass(frozen=True, slots=True)
class StateDict:
    """The tensors below one key of a file."""

    key: str
    """`params_ema`, `ema.module`; `""` at the top."""

    tensors: State


@dataclass(frozen=True, slots=True)
class Choice:
    """A state dict that fits a network."""

    key: str
    """As `weights_key` takes it: the state dict's key, then the prefix; `""` for the file itself."""

    state: State
    """By the network's own names."""

    left: tuple[str, ...] = ()
    """Keys of the state dict that belong to other parts of the training program."""

    removed: bool = False
    """Whether counters or names of wrappers were taken out of it."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Shorter forms of the key: without what follows or precedes a dot."""
        return self.key.partition(".")[0], self.key.rpartition(".")[2]

    @property
    def note(self) -> str:
        """What a record says about the choice; `""` for a file that is nothing but the state dict."""
        taken = f"the weights are those under {self.key}" if self.key else ""
        cleaned = "without counters and names of wrappers" if self.removed else ""
        left = f"{len(self.left)} tensors of other parts were left aside" if self.left else ""
        return ", ".join(filter(None, (taken, cleaned, left)))


def state_dicts(raw: object, *, key: str = "", depth: int = 0) -> list[StateDict]:
    """Every group of named tensors in what a file holds, outer ones first."""
    from torch import Tensor

    if not isinstance(raw, Mapping) or depth > DEEPEST:
        return []
    entries = {name: value for name, value in cast("Mapping[object, object]", raw).items() if isinstance(name, str)}
    tensors = {name: value for name, value in entries.items() if isinstance(value, Tensor)}
    found = [StateDict(key, tensors)] if tensors else []
    for name, value in entries.items():
        found += state_dicts(value, key=f"{key}.{name}" if key else name, depth=depth + 1)
    return found


def choose(
    found: Iterable[StateDict], networks: Iterable[Shapes], path: Path, weights_key: str | None
) -> Choice | None:
    """The one state dict that fits.

    Args:
        found: those of the file.
        networks: keys and shapes of the network; of several forms of it, the first that something fits.
        path: the file, for messages.
        weights_key: the one that the user asked for.

    Returns:
        `None` if none fits.

    Raises:
        CheckpointError: several fit and hold different numbers.
    """
    found = list(found)
    for expected in networks:
        fitting = [choice for each in found for choice in _fits(each, expected)]
        if weights_key is not None:
            fitting = [choice for choice in fitting if weights_key in (choice.key, *choice.parts)]
        if fitting:
            return _only(_distinct(fitting), path)
    return None


def without_network(found: Iterable[StateDict], path: Path, weights_key: str | None) -> StateDict | None:
    """The one state dict of a file where no network says which it must be.

    Returns:
        `None` if there is none.

    Raises:
        CheckpointError: there are several that differ, or none under the key that was asked for.
    """
    found = list(found)
    if weights_key is not None:
        asked = next((each for each in found if each.key == weights_key), None)
        if asked is None:
            keys = [each.key for each in found if each.key]
            raise CheckpointError(f"{path} holds no state dict under {weights_key!r}{did_you_mean(weights_key, keys)}")
        return asked
    networks = [each for each in found if not OTHERS.search(each.key)]
    large = [each for each in networks if any(tensor.numel() > 1 for tensor in each.tensors.values())]
    candidates = _distinct([Choice(each.key, each.tensors) for each in large or networks])
    if not candidates:
        return None
    chosen = _only(candidates, path)
    return StateDict(chosen.key, chosen.state)


def plain(state: State) -> dict[str, Tensor]:
    """A state dict without counters, without names of wrappers and without a prefix that all keys have."""
    kept = {name: value for name, value in state.items() if not COUNTERS.search(name)} or dict(state)
    tensors = _without(kept, INFIXES) or kept
    for prefix in ("module.", "_orig_mod.") * 2:
        if tensors and all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _only(fitting: list[Choice], path: Path) -> Choice:
    if len(fitting) == 1:
        return fitting[0]
    keys = [choice.key or "the top of the file" for choice in fitting]
    example = fitting[-1].key
    raise CheckpointError(
        f"{path} holds {len(fitting)} networks that fit, with different weights, under {', '.join(keys[:-1])} and "
        f"{keys[-1]}: say which is meant, as in MODEL[weights_key={example}]={path.name}."
    )


def _distinct(fitting: list[Choice]) -> list[Choice]:
    """Without those that hold the same numbers as one before."""
    kept: list[Choice] = []
    for choice in fitting:
        if not any(_equal(choice.state, other.state) for other in kept):
            kept.append(choice)
    return kept


def _equal(one: State, other: State) -> bool:
    import torch

    if set(one) != set(other):
        return False
    return all(one[name].dtype == other[name].dtype and torch.equal(one[name], other[name]) for name in one)


def _fits(found: StateDict, expected: Shapes) -> Iterator[Choice]:
    """Every way in which a state dict is the network, with the least change that makes it so."""
    for infixes in ((), INFIXES, (*INFIXES, "module.")):
        own, tensors = _without({name: name for name in expected}, infixes), _without(found.tensors, infixes)
        if own is None or tensors is None:
            continue
        choices = list(_below_prefixes(found, tensors, own, expected, changed=len(infixes) > 0))
        if choices:
            yield from choices
            return


def _below_prefixes(
    found: StateDict, tensors: State, own: Mapping[str, str], expected: Shapes, *, changed: bool
) -> Iterator[Choice]:
    if not own:
        return
    probe = max(own, key=len)
    prefixes = {name.removesuffix(probe) for name in tensors if name.endswith(probe)}
    for prefix in sorted(prefix for prefix in prefixes if not prefix or prefix.endswith(".")):
        inside = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
        state = {name: value for name, value in inside.items() if name in own or not COUNTERS.search(name)}
        if set(state) != set(own) or any(tuple(state[name].shape) != expected[own[name]] for name in own):
            continue
        outside = tuple(name for name in tensors if not name.startswith(prefix) and not COUNTERS.search(name))
        if outside and not set(PARTS).intersection(prefix.split(".")):
            continue
        bare = not outside and set(prefix.split(".")) <= {"", "module", "_orig_mod"}  # a wrapper's, nobody's choice
        key = found.key if bare else ".".join(filter(None, (found.key, prefix.rstrip("."))))
        removed = changed or len(state) < len(inside) or (not outside and len(inside) < len(tensors))
        yield Choice(key, {own[name]: state[name] for name in own}, outside, removed)


def _without(names: Mapping[str, T], infixes: Iterable[str]) -> dict[str, T] | None:
    """The same mapping with these parts taken out of its keys; `None` if two keys become one."""
    if not infixes:
        return dict(names)
    pattern = re.compile("|".join(rf"(?:(?<=\.)|^){re.escape(infix)}" for infix in infixes))
    short = {pattern.sub("", name): value for name, value in names.items()}
    return short if len(short) == len(names) else None
