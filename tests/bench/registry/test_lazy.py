from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from restorebench import bench
from restorebench.bench.registry.lazy import lazy_attributes

HEAVY = ("torch", "pandas", "scipy", "matplotlib", "lpips", "skimage", "rich")
FACADES = (
    "", ".models", ".runs", ".protocols", ".comparison", ".verdict", ".training", ".evaluation", ".profiling",
    ".profiling.macs", ".profiling.latency", ".profiling.memory", ".registry",
)  # fmt: skip


@pytest.mark.parametrize("facade", FACADES)
def test_importing_a_facade_loads_no_heavy_library(facade: str) -> None:
    code = (
        f"import sys, restorebench.bench{facade}\n"
        f"sys.exit(', '.join(name for name in {HEAVY} if name in sys.modules) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 -- our own
    assert done.returncode == 0, f"restorebench.bench{facade} loads {done.stderr}"


def packages() -> list[str]:
    found = (each.name for each in pkgutil.walk_packages(bench.__path__, f"{bench.__name__}.") if each.ispkg)
    return [bench.__name__, *found]


@pytest.mark.parametrize("name", packages())
def test_no_exported_name_is_hidden_by_a_module_of_the_same_name(name: str) -> None:
    package = importlib.import_module(name)
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert modules.isdisjoint(getattr(package, "__all__", ()))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    folder = tmp_path / "lazy_package"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from restorebench.bench.registry.lazy import lazy_attributes\n"
        '__getattr__, __dir__ = lazy_attributes(__name__, {"late": ("answer",)})\n'
        "early = 1\n"
    )
    (folder / "late.py").write_text("answer = 42\nhidden = 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder.name
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def test_a_name_is_imported_when_it_is_first_used(package: str) -> None:
    module = __import__(package)
    assert f"{package}.late" not in sys.modules
    assert module.answer == 42
    assert f"{package}.late" in sys.modules


def test_dir_lists_names_that_were_not_imported_yet(package: str) -> None:
    assert {"answer", "early"} <= set(dir(__import__(package)))
    assert "hidden" not in dir(__import__(package))


def test_a_name_that_is_not_exported_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match=r"module 'lazy_package' has no attribute 'hidden'"):
        _ = __import__(package).hidden


def test_a_home_that_does_not_exist_is_an_import_error() -> None:
    get, _ = lazy_attributes("collections", {"nowhere": ("Mapping",)})
    with pytest.raises(ModuleNotFoundError, match=r"collections\.nowhere"):
        get("Mapping")
