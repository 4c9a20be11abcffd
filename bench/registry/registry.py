"""The registry class for models, data sets and protocols: names of lazily imported objects.

A name comes from the package's own catalogue, from an entry point of an installed package, or from a
decorator run in this process; `./file.py:attribute` and `package.module:attribute` need no registration.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Generic, TypeVar, cast

from ..errors import UnknownNameError, UsageError
from .foreign import foreign_import
from .specs import PROGRAM
from .user_files import attribute_of, import_user_file
from .variables import variables_read

__all__ = ["Registry", "import_user_file", "is_module_name", "is_user_file"]

T = TypeVar("T")

INPUT_NAMES = {"input", "inputs", "degraded", "none", "raw", "original", "blurred", "blurry", "rainy", "noisy", "hazy"}
"""What tables and people call the model that changes nothing."""


class Registry(Generic[T]):
    """Named objects of one kind.

    Args:
        kind: noun for the objects in messages: `model`.
        catalogue: `module:attribute` of a mapping from names to `module:attribute`, imported when first needed.
        group: entry-point group with which other packages add names.
        coerce: converts an imported attribute to a `T`, or raises `UsageError`; its second argument is the name for
            objects that have none.
        by_form: `module:attribute` of a function that makes an object from a name whose form says what it is, such as
            `net.onnx`, and `None` from other names; imported when first needed.
        surroundings: entered, with the name, while other people's code is imported.
    """

    def __init__(
        self,
        kind: str,
        *,
        catalogue: str,
        group: str,
        coerce: Callable[[object, str], T],
        by_form: str | None = None,
        surroundings: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.kind = kind
        self._surroundings = surroundings
        self._catalogue = catalogue
        self._group = group
        self._coerce = coerce
        self._by_form = by_form
        self._registered: dict[str, T] = {}
        self._lazy: dict[str, str] | None = None
        self._foreign: set[str] = set()
        """Names that other packages have added by entry points."""

    def add(self, name: str, value: T) -> None:
        """Register `value` in this process; the latest registration of a name wins."""
        self._registered[name] = value

    def names(self) -> list[str]:
        """Every known name, sorted; imports the catalogue but none of its objects."""
        return sorted({*self._registered, *self._lazy_names()})

    def is_unopened(self, name: str) -> bool:
        """Whether a name is of the package's own catalogue and nothing was imported or registered under it so far."""
        return name in self._lazy_names() and name not in self._foreign and name not in self._registered

    def get(self, name: str) -> T:
        """Get an object by its name, or by `PATH.py:ATTRIBUTE` from a user's file.

        Raises:
            UnknownNameError: there is no such name; the message suggests the nearest ones.
            UsageError: a user's file or its attribute cannot be used.
        """
        if name in self._registered:
            return self._registered[name]
        if is_user_file(name):
            with self._surroundings(name):
                attribute = _user_attribute(name)
            return self._coerce(attribute, name)
        formed = self._formed(name)
        if formed is not None:
            return formed
        lazy = self._lazy_names()
        if name not in lazy and is_module_name(name):
            with self._surroundings(name):
                attribute = _module_attribute(name)
            return self._coerce(attribute, name)
        if name not in lazy:
            raise UnknownNameError(self.kind, name, self.names(), hint=self._hint(name))
        value = self._coerce(self._import_lazy(name, lazy[name]), name)
        return self._registered.setdefault(name, value)

    def _hint(self, name: str) -> str:
        if self.kind == "model" and name.lower() in INPUT_NAMES:
            return "The degraded image as it is has the name identity."
        if self.kind in {"model", "metric"}:
            return f"Your own {self.kind} is ./file.py:attribute."
        path = Path(name).expanduser()
        if self.kind == "data set" and (path.exists() or len(path.parts) > 1 or name.startswith(".")):
            return f"A path stands after the name: NAME={name}, or paired={name} for pairs of your own."
        return ""

    def _formed(self, name: str) -> T | None:
        if self._by_form is None:
            return None
        return cast("Callable[[str], T | None]", _import_attribute(self._by_form))(name)

    def _import_lazy(self, name: str, target: str) -> object:
        """A thing of the catalogue, or of another package, which is imported with care."""
        if name not in self._foreign:
            return _import_attribute(target)
        with self._surroundings(name), foreign_import(target):
            return _import_attribute(target)

    def _lazy_names(self) -> dict[str, str]:
        if self._lazy is None:
            found = {entry.name: entry.value for entry in importlib.metadata.entry_points(group=self._group)}
            catalogue = _import_attribute(self._catalogue)
            if not isinstance(catalogue, Mapping):
                raise UsageError(f"{self._catalogue} is not a mapping from names to 'module:attribute'.")
            self._foreign = {name for name in found if name not in catalogue}
            found.update({str(name): str(target) for name, target in catalogue.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- a mapping of unknown types is what is being checked
            self._lazy = found
        return self._lazy


def is_user_file(name: str) -> bool:
    """Whether a name refers to a Python file.

    >>> is_user_file("./mine.py:build"), is_user_file("nafnet-width32")
    (True, False)
    """
    return not name.startswith(PROGRAM) and (".py:" in name or name.endswith(".py"))


def is_module_name(name: str) -> bool:
    """Whether a name refers to an attribute of an importable module.

    >>> is_module_name("mypackage.nets:build"), is_module_name("./mine.py:build"), is_module_name("C:/nets")
    (True, False, False)
    """
    return bool(re.fullmatch(r"[^\W\d]\w+(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*", name))


def _user_attribute(name: str) -> object:
    path, separator, attribute = name.rpartition(":")
    if not separator or not path.endswith(".py"):
        raise UsageError(f"{name} names a file but no attribute: write {name}:attribute, as in ./mine.py:build.")
    return attribute_of(import_user_file(Path(path)), attribute, path)


def _module_attribute(name: str) -> object:
    """An attribute of a module that is installed or on PYTHONPATH.

    Raises:
        UsageError: it cannot be imported, or has no such attribute.
    """
    path, _, attribute = name.partition(":")
    with foreign_import(path), variables_read(name):
        try:
            module = importlib.import_module(path)
        except ModuleNotFoundError as error:
            if error.name is None or not (path == error.name or path.startswith(f"{error.name}.")):
                raise
            file = f"./{path.replace('.', '/')}.py"
            hint = f"write {file}:{attribute}" if Path(file).is_file() else "install it, or write ./FILE.py:ATTRIBUTE"
            raise UsageError(f"There is no module {error.name} for {name}: {hint}.") from error
    return attribute_of(module, attribute, path)


def _import_attribute(target: str) -> object:
    module_name, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module_name), attribute)
