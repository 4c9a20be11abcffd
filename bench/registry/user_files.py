"""Python files of a user's: imported under names of their own, with the files beside them.

A file finds its neighbours as it would under `python file.py`, by `import helper` and by `from .helper import H`,
at import and later. All of them live below a package that stands for their folder and that no other code sees, so
that two folders may each have a `helper.py`, and that a neighbour called `utils` replaces nobody else's.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from hashlib import sha256
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from ..errors import UsageError, did_you_mean
from .foreign import foreign_import
from .variables import variables_read

__all__ = [
    "OWN_MODULES",
    "attribute_of",
    "found_by_name",
    "import_user_file",
    "is_beside",
    "loaded_digest",
    "user_code",
]

OWN_MODULES = "_restorebench_user_"
"""Begins the names of the packages that stand for users' folders."""

_digests: dict[str, tuple[str, str]] = {}
"""Name of a user's module to its file and the SHA-256 of the source that was run."""

_scripts: dict[str, list[tuple[str, Path]]] = {}
"""Name of a root package to the packages, with their folders, of the files that the user named."""

_dynamic: dict[Path, set[Path]] = {}
"""Folder to the files in it that were found by name at run time."""


def import_user_file(path: Path) -> ModuleType:
    """Import a file of the user's; again if it, or a file beside it that it imported, has changed since.

    Raises:
        UsageError: the file does not exist or cannot be imported; the message says at which line.
    """
    resolved = path.expanduser().resolve()
    if not resolved.is_file():
        raise UsageError(f"There is no file {path}: give the path of a Python file, as in ./mine.py:build.")
    package = _package(resolved.parent)
    name = f"{package}.{_module_name(resolved)}"
    _forget_changed(package.partition(".")[0])
    if name in sys.modules:
        return sys.modules[name]
    _package(resolved.parent)
    scripts = _scripts.setdefault(package.partition(".")[0], [])
    if (package, resolved.parent) not in scripts:
        scripts.append((package, resolved.parent))
    spec = importlib.util.spec_from_file_location(name, resolved, loader=_Loader(name, str(resolved)))
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with foreign_import(str(path)), user_code(resolved), variables_read(str(resolved)):
            spec.loader.exec_module(module)
    except BaseException:
        _forget(package.partition(".")[0])
        raise
    return module


def attribute_of(module: ModuleType, path: str, where: str) -> object:
    """Get an attribute of a module by a dotted path: `build`, `Net.small`.

    Args:
        module: where to look.
        path: names, with dots between them.
        where: how messages refer to the module.

    Raises:
        UsageError: there is no such attribute; the message suggests the nearest.
    """
    found: object = module
    for position, name in enumerate(path.split(".")):
        if not hasattr(found, name):
            public = [known for known in dir(found) if not known.startswith("_")]
            owner = ".".join((where, *path.split(".")[:position])) if position else where
            raise UsageError(f"{owner} has no {name!r}{did_you_mean(name, public)}")
        found = getattr(found, name)
    return found


def is_beside(folder: Path, name: str) -> bool:
    """Whether a top-level import of `name` from a file in `folder` means something beside that file.

    A folder without `__init__.py` counts only where nothing is installed under its name, as in Python.
    """
    if name in sys.builtin_module_names or name == "__future__":
        return False
    if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
        return True
    if any(folder.glob(f"{name}.*.so")) or any(folder.glob(f"{name}.*.pyd")):
        return True
    return (folder / name).is_dir() and not _installed(name)


def found_by_name(folder: Path) -> frozenset[Path]:
    """Files in a folder that its code imported by a name made at run time."""
    return frozenset(_dynamic.get(folder, ()))


def loaded_digest(path: Path) -> str:
    """SHA-256 of the source of a file as it was run; of what the file holds now if it was not run."""
    known = dict(_digests.values())
    return known.get(str(path)) or sha256(path.read_bytes()).hexdigest()


@contextlib.contextmanager
def user_code(file: Path) -> Generator[None]:
    """Let a file's code import its neighbours by name at run time, as `importlib.import_module("helper")` does.

    What is found in its folder this way is forgotten at the end: another folder's may have the same name.
    """
    folder = str(file.parent)
    before = set(sys.modules)
    sys.path.append(folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)
        for name in [name for name in sys.modules if name not in before and not name.startswith(OWN_MODULES)]:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin and Path(origin).is_relative_to(folder):
                _dynamic.setdefault(file.parent, set()).add(Path(origin))
                del sys.modules[name]


def _installed(name: str) -> bool:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None


def _module_name(file: Path) -> str:
    """The stem if a module can be called so; neighbours then import the same module."""
    return file.stem if file.stem.isidentifier() else f"{re.sub(r'[^0-9a-zA-Z_]', '_', file.stem)}_{_digest(file.name)}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


def _package(folder: Path) -> str:
    """The name of the package that stands for a folder, made if need be.

    A folder with `__init__.py` is one of its parent's packages, so that `from ..layers import L` works.
    """
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    nested = (folder / "__init__.py").is_file() and folder.parent != folder
    name = f"{_package(folder.parent)}.{folder.name}" if nested else f"{OWN_MODULES}{_digest(str(folder))}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        package.__package__ = name
        if nested:
            vars(package)["__getattr__"] = _initialised(package, folder / "__init__.py")
        sys.modules[name] = package
    return name


def _initialised(package: ModuleType, file: Path) -> Callable[[str], Any]:
    """A module's `__getattr__` that runs `__init__.py` when something in it is first asked for."""

    def get(name: str) -> Any:
        if name.startswith("__") or "__getattr__" not in vars(package):
            raise AttributeError(f"module {file} has no attribute {name!r}")
        del vars(package)["__getattr__"]
        _Loader(package.__name__, str(file)).exec_module(package)
        return getattr(package, name)

    return get


def _forget_changed(root: str) -> None:
    inside = [value for name, value in _digests.items() if name == root or name.startswith(f"{root}.")]
    if any(not Path(file).is_file() or sha256(Path(file).read_bytes()).hexdigest() != was for file, was in inside):
        _forget(root)


def _forget(root: str) -> None:
    for name in [name for name in sys.modules if name == root or name.startswith(f"{root}.")]:
        del sys.modules[name]
        _digests.pop(name, None)


class _Loader(SourceFileLoader):
    """Runs a source as it is now, without cached byte code, and lets its imports find what is beside it."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the file; its digest is kept."""
        source = self.get_data(self.path)
        _digests[fullname] = (self.path, sha256(source).hexdigest())
        return self.source_to_code(source, self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the file with an `__import__` of its own."""
        root = module.__name__.partition(".")[0]
        vars(module)["__builtins__"] = vars(builtins) | {"__import__": _importer(root, Path(self.path).parent)}
        super().exec_module(module)


def _importer(root: str, folder: Path) -> Callable[..., Any]:
    """An `__import__` that looks beside the file that the user named first, as `python file.py` does."""

    def find(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 -- the names of __import__'s own
        locals: Mapping[str, object] | None = None,  # noqa: A002 -- as above
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        top = name.partition(".")[0]
        places = [] if level else sorted(_scripts.get(root, []), key=lambda place: place[1] != folder)
        package = next((package for package, place in places if is_beside(place, top)), None)
        if package is None:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = builtins.__import__(f"{package}.{name}", globals, locals, fromlist or (), 0)
        return module if fromlist else sys.modules[f"{package}.{top}"]

    return find


class _Finder:
    """Finds the modules below the packages that stand for users' folders."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A source file is loaded by `_Loader`."""
        del target
        if not name.startswith(OWN_MODULES) or path is None:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
        return spec


_finder: Any = _Finder()
