"""The registry class for models, data sets and protocols: names of lazily imported objects.

A name comes from the package's own catalogue, from an entry point of an installed package, or from a
decorator run in this process; `./file.py:attribute` needs no registration.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeVar

from ..errors import UnknownNameError, UsageError, did_you_mean

__all__ = ["Registry", "import_user_file", "is_user_file"]

T = TypeVar("T")


class Registry(Generic[T]):
    """Named objects of one kind.

    Args:
        kind: noun for the objects in messages: `model`.
        catalogue: `module:attribute` of a mapping from names to `module:attribute`, imported when first needed.
        group: entry-point group with which other packages add names.
        coerce: converts an imported attribute to a `T`, or raises `UsageError`; its second argument is the name for
            objects that have none.
    """

    def __init__(self, kind: str, *, catalogue: str, group: str, coerce: Callable[[object, str], T]) -> None:
        self.kind = kind
        self._catalogue = catalogue
        self._group = group
        self._coerce = coerce
        self._registered: dict[str, T] = {}
        self._lazy: dict[str, str] | None = None

    def add(self, name: str, value: T) -> None:
        """Register `value` in this process; the latest registration of a name wins."""
        self._registered[name] = value

    def names(self) -> list[str]:
        """Every known name, sorted; imports the catalogue but none of its objects."""
        return sorted({*self._registered, *self._lazy_names()})

    def get(self, name: str) -> T:
        """Get an object by its name, or by `PATH.py:ATTRIBUTE` from a user's file.

        Raises:
            UnknownNameError: there is no such name; the message suggests the nearest ones.
            UsageError: a user's file or its attribute cannot be used.
        """
        if name in self._registered:
            return self._registered[name]
        if is_user_file(name):
            return self._coerce(_user_attribute(name), name)
        lazy = self._lazy_names()
        if name not in lazy:
            hint = f"Your own {self.kind} is ./file.py:attribute." if self.kind in {"model", "metric"} else ""
            raise UnknownNameError(self.kind, name, self.names(), hint=hint)
        value = self._coerce(_import_attribute(lazy[name]), name)
        return self._registered.setdefault(name, value)

    def _lazy_names(self) -> dict[str, str]:
        if self._lazy is None:
            found = {entry.name: entry.value for entry in importlib.metadata.entry_points(group=self._group)}
            catalogue = _import_attribute(self._catalogue)
            if not isinstance(catalogue, Mapping):
                raise UsageError(f"{self._catalogue} is not a mapping from names to 'module:attribute'.")
            found.update({str(name): str(target) for name, target in catalogue.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- a mapping of unknown types is what is being checked
            self._lazy = found
        return self._lazy


def is_user_file(name: str) -> bool:
    """Whether a name refers to a Python file.

    >>> is_user_file("./mine.py:build"), is_user_file("nafnet-width32")
    (True, False)
    """
    return ".py:" in name or name.endswith(".py")


def import_user_file(path: Path) -> ModuleType:
    """Import a user's file under a unique module name, so that two files called `mine.py` do not collide.

    Raises:
        UsageError: the file does not exist or cannot be imported as Python.
    """
    resolved = path.expanduser().resolve()
    if not resolved.is_file():
        raise UsageError(f"There is no file {path}: give the path of a Python file, as in ./mine.py:build.")
    module_name = f"_restorebench_user_{resolved.stem}_{sha256(str(resolved).encode()).hexdigest()[:8]}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    spec = importlib.util.spec_from_file_location(module_name, resolved)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[module_name]
        if isinstance(error, (ImportError, SyntaxError)):
            raise UsageError(f"{path} cannot be imported: {error}.") from error
        raise
    return module


def _user_attribute(name: str) -> object:
    path, separator, attribute = name.rpartition(":")
    if not separator or not path.endswith(".py"):
        raise UsageError(f"{name} names a file but no attribute: write {name}:attribute, as in ./mine.py:build.")
    module = import_user_file(Path(path))
    if not hasattr(module, attribute):
        public = [known for known in vars(module) if not known.startswith("_")]
        raise UsageError(f"{path} has no {attribute!r}{did_you_mean(attribute, public)}")
    return getattr(module, attribute)


def _import_attribute(target: str) -> object:
    module_name, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module_name), attribute)
