"""Networks without their numbers: the same modules with every parameter and buffer on torch's meta device.

A meta tensor has a shape and no data. A forward pass over such a network runs all of its Python and none of its
arithmetic, at any image size, in no memory.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Generator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map

from ...models.modules import named_modules
from .counter import Books, OperatorCounter

__all__ = ["Replayed", "attributed", "blueprint", "is_scripted", "parameters_on_meta", "repeats_replayed"]

SAMPLES = 2
"""Calls that are run and compared before others are taken to cost the same."""


@contextlib.contextmanager
def parameters_on_meta() -> Generator[None]:
    """Networks that are built inside keep no parameters in memory; everything else about them is real."""

    def to_meta(_: nn.Module, __: str, parameter: nn.Parameter | None) -> nn.Parameter | None:
        return None if parameter is None else _without_data(parameter)

    handle = register_module_parameter_registration_hook(to_meta)  # pyright: ignore[reportArgumentType] -- torch documents that a hook may return a parameter, its stub does not
    try:
        yield
    finally:
        handle.remove()


def blueprint(network: nn.Module) -> nn.Module:
    """A copy of `network` on the meta device; the original is left as it is.

    Raises:
        RuntimeError: the network keeps something that cannot be copied.
    """
    tensors = [*network.parameters(), *network.buffers()]
    return copy.deepcopy(network, {id(tensor): _without_data(tensor) for tensor in tensors})


def _without_data(tensor: Tensor) -> Any:
    empty = torch.empty_like(tensor, device="meta")
    return nn.Parameter(empty, requires_grad=False) if isinstance(tensor, nn.Parameter) else empty


@contextlib.contextmanager
def attributed(network: nn.Module, counter: OperatorCounter) -> Generator[None]:
    """Tell the counter which module is running."""
    modules = [(name, module) for name, module in named_modules(network) if not is_scripted(module)]
    handles = [handle for name, module in modules for handle in _hooks(module, name, counter)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def is_scripted(module: nn.Module) -> bool:
    """Whether a module is a TorchScript program, whose parts run outside Python."""
    return isinstance(module, torch.jit.ScriptModule)  # pyright: ignore[reportPrivateImportUsage] -- torch documents it under this name


def _hooks(module: nn.Module, name: str, counter: OperatorCounter) -> list[Any]:
    def enter(*_: Any) -> None:
        counter.path.append(name)

    def leave(*_: Any) -> None:
        counter.path.pop()

    return [module.register_forward_pre_hook(enter), module.register_forward_hook(leave)]


class Replayed:
    """A module's forward pass, of which later calls on the same shapes are charged without being run.

    On the meta device tensors have no values, so nothing a module does can depend on them: two calls with
    arguments of the same shapes differ at most by what the module remembers from one to the next. The
    first two are run; if they cost the same, the others are taken to cost the same.
    """

    def __init__(self, forward: Callable[..., Any], counter: OperatorCounter) -> None:
        self._forward = forward
        self._counter = counter
        self._seen: dict[object, list[tuple[Books, Any]]] = {}
        self.calls: list[Books] = []
        """Charges of each call."""

        self.executed = 0
        """Number of calls that were run."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The module's output."""
        key = _signature((args, kwargs))
        seen = self._seen.setdefault(key, [])
        if key is not None and len(seen) == SAMPLES and seen[0][0] == seen[1][0]:
            books, output = seen[0]
            self._counter.replay(books)
            self.calls.append(books)
            return tree_map(Tensor.detach, output)
        with self._counter.noting() as books:
            output = self._forward(*args, **kwargs)
        self.calls.append(books)
        self.executed += 1
        if len(seen) < SAMPLES and all(isinstance(leaf, Tensor) for leaf in tree_leaves(output)):
            seen.append((books, output))
        return output


def _signature(arguments: object) -> object:
    """Everything the cost of a call can depend on; `None` if that is not known."""
    leaves, structure = tree_flatten(arguments)
    described: list[object] = [repr(structure)]  # itself it cannot be hashed in torch 2.6
    for leaf in leaves:
        if isinstance(leaf, Tensor) and leaf.is_meta:
            described.append((leaf.shape, leaf.stride(), leaf.dtype))
        elif leaf is None or isinstance(leaf, bool | int | float | str):
            described.append(leaf)
        else:
            return None
    return tuple(described)


@contextlib.contextmanager
def repeats_replayed(network: nn.Module, counter: OperatorCounter) -> Generator[dict[str, Replayed]]:
    """Wrap the network and its direct children in `Replayed`, by name (`""` is the network itself)."""
    modules = {"": network, **dict(network.named_children())}
    modules = {name: module for name, module in modules.items() if not is_scripted(module)}
    forwards = {name: module.forward for name, module in modules.items()}
    overridden = {name for name, module in modules.items() if "forward" in vars(module)}
    wrapped = {name: Replayed(forward, counter) for name, forward in forwards.items()}
    for name, module in modules.items():
        module.forward = cast("Any", wrapped[name])
    try:
        yield wrapped
    finally:
        for name, module in modules.items():
            if name in overridden:
                module.forward = forwards[name]
            else:
                del module.forward
