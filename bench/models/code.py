"""The code of a network that was made in this process."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, cast

from ..registry.code_identity import CodeIdentity, code_of
from ..registry.variables import is_installed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

__all__ = ["code_of_network"]

DEEPEST = 4
"""Values within values that are looked into."""


def code_of_network(network: nn.Module) -> CodeIdentity:
    """Identify the files that define the classes of a network and the functions it wraps, and the values they hold.

    Empty for a network of classes that are installed or registered.
    """
    from .functions import ArrayFunction, TensorFunction

    modules = list(network.modules())
    functions = [module.function for module in modules if isinstance(module, ArrayFunction | TensorFunction)]
    files = sorted({file for value in (*map(type, modules), *functions) if (file := _file_of(value)) is not None})
    identities = [code_of(file) for file in files]
    digest = hashlib.sha256()
    for function in functions:
        for part in _parts(function, DEEPEST):
            digest.update(part)
    main = digest.hexdigest() if functions else ""
    if not identities:
        return CodeIdentity(main)
    first, *others = identities
    everything = {name: sha for other in others for name, sha in other.files.items()} | dict(first.files)
    everything |= {file.name: other.main for file, other in zip(files[1:], others, strict=True)}
    return replace(first, main=main or first.main, files=everything | ({files[0].name: first.main} if main else {}))


def _file_of(value: object) -> Path | None:
    """The user's file that defines a class or a function."""
    if not isinstance(value, type | FunctionType):
        value = type(value)
    module = sys.modules.get(cast("type", value).__module__)
    file = getattr(module, "__file__", None)
    return None if file is None or not file.endswith(".py") or is_installed(file) else Path(file)


def _parts(value: object, depth: int) -> Iterator[bytes]:
    """Bytes that differ where a function would compute something else: its code, and the values that it holds."""
    import numpy as np
    import torch
    from torch import nn

    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        yield f"{type(value).__name__} {value!r}".encode()
    elif isinstance(value, torch.Tensor | np.ndarray):
        array: NDArray[Any] = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else cast("Any", value)
        yield f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes()
    elif isinstance(value, nn.Module):
        yield from (part for item in value.state_dict().items() for part in _parts(item, depth))
    elif isinstance(value, CodeType):
        yield value.co_code
        yield from (part for item in (value.co_consts, value.co_names) for part in _parts(item, depth))
    elif depth > 0:
        yield from _inside(value, depth - 1)


def _inside(value: object, depth: int) -> Iterator[bytes]:
    yield type(value).__qualname__.encode()
    if isinstance(value, Mapping):
        items: Iterator[object] = iter(cast("Mapping[object, object]", value).items())
    elif isinstance(value, tuple | list | set | frozenset):
        items = iter(cast("tuple[object, ...]", value))
    elif isinstance(value, FunctionType):
        held = inspect.getclosurevars(value)
        items = iter((value.__code__, value.__defaults__, value.__kwdefaults__, held.nonlocals, _plain(held.globals)))
    elif callable(value) and hasattr(value, "func"):  # a partial
        items = iter((getattr(value, "func"), getattr(value, "args"), getattr(value, "keywords")))  # noqa: B009 -- of a type that is checked by its parts
    elif callable(value) and hasattr(value, "__self__"):  # a bound method
        items = iter((getattr(value, "__func__", None), vars(getattr(value, "__self__", None) or type)))
    else:
        own: Callable[..., object] | None = type(value).__call__ if callable(value) else None
        items = iter((own if isinstance(own, FunctionType) else None, dict(getattr(value, "__dict__", {}))))
    for item in items:
        yield from _parts(item, depth)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Numbers and texts among global names: modules and classes are told by their files."""
    return {name: value for name, value in values.items() if isinstance(value, bool | int | float | str | tuple)}
