"""The code of a model: the file that the user named, and everything that it imports.

The import statements of a file are followed, in functions too, through everything that is not installed. That says
the same before and after they have run, and in every process; what was imported by a name made at run time is added.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from ..contracts import JsonValue
from ..machine.environment import PACKAGES
from .user_files import found_by_name, is_beside, loaded_digest
from .variables import is_installed, variables_of

__all__ = ["CodeIdentity", "code_of", "code_of_module", "code_of_program"]

UNSET = "unset"
"""Stands for the digest of an environment variable that has no value."""


@dataclass(frozen=True, slots=True)
class CodeIdentity:
    """The code of a model by its digests; empty for a registered model."""

    main: str = ""
    """SHA-256 of the file that was named; `""` if there is none."""

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """SHA-256 of every other source file that it imports, by path from its folder or from where Python found it."""

    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    """Versions of the installed distributions that these files import, without those that every record holds."""

    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables that the code read, with a short digest of their values, which may be secret."""

    @property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of every file, sorted; names are left out, which depend on where the code stands."""
        return tuple(sorted(filter(None, (self.main, *self.files.values()))))

    @classmethod
    def from_settings(cls, settings: Mapping[str, JsonValue]) -> CodeIdentity:
        """The files that a plan records; empty if it records none, or damaged ones."""
        main, files = settings.get("code_sha256", ""), settings.get("code", {})
        if not isinstance(main, str) or not isinstance(files, dict):
            return cls()
        named = {name: digest for name, digest in files.items() if isinstance(digest, str)}
        return cls(main, named) if len(named) == len(files) else cls()

    def settings(self) -> dict[str, JsonValue]:
        """The part of a plan: only what there is, so that a file that stands alone has the plan of earlier versions."""
        parts: dict[str, JsonValue] = {
            "code_sha256": self.main,
            "code": dict(self.files),
            "packages": dict(self.packages),
            "variables": dict(self.variables),
        }
        return {name: value for name, value in parts.items() if value}

    @property
    def digest(self) -> str:
        """One digest of all of it: `main` for a file that stands alone, `""` if nothing is known."""
        parts = self.settings()
        if not parts.keys() - {"code_sha256"}:
            return self.main
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def code_of(file: Path, *whose: str) -> CodeIdentity:
    """Identify a user's file.

    Args:
        file: the file that was named.
        whose: names under which the environment variables were written down that code read after its import.
    """
    file = file.expanduser().resolve()
    found = _Found(file)
    found.follow(file, file.stem, is_package=file.name == "__init__.py")
    for extra in found_by_name(file.parent):
        found.follow(extra, extra.stem, is_package=extra.name == "__init__.py")
    files = {found.names[path]: loaded_digest(path) for path in found.names if path != file}
    packages = {name: version for name, version in found.packages() if name.lower() not in PACKAGES}
    variables = {name: _value(name) for name in sorted(variables_of(str(file), *whose))}
    return CodeIdentity(loaded_digest(file), dict(sorted(files.items())), dict(sorted(packages.items())), variables)


def code_of_module(module: str, *whose: str) -> CodeIdentity:
    """The identity of a module by name: that of its file, or the version of the distribution it is installed with."""
    spec = sys.modules[module].__spec__ if module in sys.modules else _spec_of(module)
    if spec is not None and spec.origin is not None and Path(spec.origin).is_file() and not is_installed(spec.origin):
        return code_of(Path(spec.origin), *whose)
    names = _distributions().get(module.partition(".")[0], [])
    variables = {name: _value(name) for name in sorted(variables_of(*whose))}
    return CodeIdentity(packages={name: importlib.metadata.version(name) for name in names}, variables=variables)


def code_of_program(words: list[str]) -> CodeIdentity:
    """The identity of a command line: the files that it names, the program itself if it is a script."""
    files = [word for word in words[1:] if Path(word).is_file() and not is_installed(word)]
    if Path(words[0]).is_file() and Path(words[0]).read_bytes()[:2] == b"#!":
        files.insert(0, words[0])
    return CodeIdentity("", {word: hashlib.sha256(Path(word).read_bytes()).hexdigest() for word in files})


def _value(name: str) -> str:
    value = os.environ.get(name)
    return UNSET if value is None else hashlib.sha256(value.encode()).hexdigest()[:12]


class _Found:
    """The files that are reached from one, and the top-level names of what is installed."""

    def __init__(self, main: Path) -> None:
        self._folder = main.parent
        self.names: dict[Path, str] = {}
        """File to how a record calls it."""
        self._installed: set[str] = set()

    def packages(self) -> Iterator[tuple[str, str]]:
        """Distributions and their versions."""
        for top in self._installed:
            for distribution in _distributions().get(top, ()):
                yield distribution, importlib.metadata.version(distribution)

    def follow(self, file: Path, module: str, *, is_package: bool) -> None:
        """Take a file, and everything that it imports."""
        file = file.resolve()
        if file in self.names:
            return
        beside = file.is_relative_to(self._folder)
        self.names[file] = (
            file.relative_to(self._folder).as_posix()
            if beside
            else f"{module.replace('.', '/')}{'/__init__' if is_package else ''}{file.suffix}"
        )
        if file.suffix != ".py":
            return
        package = file.parent
        for name, level in _imports(file):
            if level:
                self._relative(package, name, level, module if is_package else module.rpartition(".")[0])
            else:
                self._absolute(name)

    def _relative(self, package: Path, name: str, level: int, module: str) -> None:
        folder = package
        for _ in range(level - 1):
            folder, module = folder.parent, module.rpartition(".")[0]
        for path in _files_in(folder, name):
            inside = path.relative_to(folder).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
            self.follow(path, f"{module}.{inside}".strip("."), is_package=path.name == "__init__.py")

    def _absolute(self, name: str) -> None:
        top = name.partition(".")[0]
        if is_beside(self._folder, top):
            self._relative(self._folder, name, 1, "")
            return
        if top in sys.stdlib_module_names or top == "restorebench":
            return
        spec = _spec_of(top)
        if spec is None:
            return
        if spec.origin is not None and is_installed(spec.origin):
            self._installed.add(top)
            return
        if _distributions().get(top):
            self._installed.add(top)
        if spec.submodule_search_locations is not None:
            for place in list(spec.submodule_search_locations):
                self._relative(Path(place).parent, name, 1, "")
        elif spec.origin is not None:
            self.follow(Path(spec.origin), top, is_package=False)


def _spec_of(top: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return PathFinder.find_spec(top)


@cache
def _distributions() -> Mapping[str, list[str]]:
    return {top: sorted(set(names)) for top, names in importlib.metadata.packages_distributions().items()}


def _files_in(folder: Path, name: str) -> Iterator[Path]:
    """The files that importing a dotted name from a folder runs: those of the packages on the way, then its own."""
    place = folder
    if not name:
        yield from [folder / "__init__.py"] if (folder / "__init__.py").is_file() else []
    for part in filter(None, name.split(".")):
        place = place / part
        own = [place.with_name(f"{part}.py"), place / "__init__.py"]
        own += [*place.parent.glob(f"{part}.*.so"), *place.parent.glob(f"{part}.*.pyd")]
        yield from (path for path in own if path.is_file())


def _imports(file: Path) -> Iterator[tuple[str, int]]:
    """Every module that a source names in an import, with its level; `from a import b` may mean `a.b` as well."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.name, 0) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield module, node.level
            yield from ((f"{module}.{each.name}".strip("."), node.level) for each in node.names)
        elif isinstance(node, ast.Call) and _is_import(node.func) and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value.lstrip("."), len(name.value) - len(name.value.lstrip("."))


def _is_import(function: ast.expr) -> bool:
    """`importlib.import_module(...)`, `import_module(...)` or `__import__(...)`."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")
