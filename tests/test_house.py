"""The rules of the house: who imports whom, what is packaged, how large rooms may be."""

from __future__ import annotations

import ast
import doctest
import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bench", "datasets", "baselines", "reports")
MAY_IMPORT = {"bench": {"bench"}, **{name: {name, "bench"} for name in PACKAGES[1:]}}
MOST_LINES = 350


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("restorebench", *(part for part in parts if part != "__init__")))


def imported(path: Path) -> Iterator[str]:
    """Absolute names of everything of ours that a module imports, wherever in it."""
    inside = path.relative_to(ROOT).with_suffix("").parts
    package = ("restorebench", *(inside[:-1]))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            yield ".".join((*base, *((node.module or "").split(".") if node.module else ())))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("restorebench"):
            pytest.fail(f"{path} imports {node.module} absolutely: imports inside the packages are relative")


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_packages_import_only_whom_they_may(path: Path):
    package = path.relative_to(ROOT).parts[0]
    in_a_command = path.parent == ROOT / "bench" / "cli"
    for name in imported(path):
        target = name.split(".")[1]
        assert target in MAY_IMPORT[package] or in_a_command, f"{path} imports {name}"


def test_commands_import_nothing_but_the_engine_when_they_are_loaded():
    for path in sorted((ROOT / "bench" / "cli").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level > 2:
                pytest.fail(f"{path} imports {node.module} at module level")


def test_the_contract_of_layers_is_kept_and_no_modules_import_each_other_in_a_circle():
    code = (
        f"from importlinter.cli import lint_imports; raise SystemExit(lint_imports({str(ROOT / 'pyproject.toml')!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603 -- our own
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_has_a_layer_for_every_room():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = [name for line in project["tool"]["importlinter"]["contracts"][0]["layers"] for name in line.split(" | ")]
    packages = {f"restorebench.{name}" for name in PACKAGES[1:]}
    assert sorted(layers) == sorted(packages | {f"restorebench.bench.{room.removesuffix('.py')}" for room in rooms()})


def rooms() -> set[str]:
    """What stands directly in bench/, besides its own module and the mark that it is typed."""
    entries = (
        path for path in (ROOT / "bench").iterdir() if path.name not in {"__init__.py", "__pycache__", "py.typed"}
    )
    return {path.name for path in entries}


def test_bench_has_few_rooms():
    assert len(rooms()) <= 20


def drawn_map() -> list[str]:
    """The lines of the map in CONTRIBUTING."""
    return (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1].strip().splitlines()


def test_the_map_has_every_room_of_bench_and_no_other():
    drawn = [line.split()[0] for line in drawn_map() if line.startswith("  ")]
    assert len(drawn) == len(set(drawn))
    assert {name.rstrip("/") for name in drawn} == rooms()
    assert all((ROOT / "bench" / name).is_dir() == name.endswith("/") for name in drawn)


def test_the_map_has_every_package_and_its_parts_and_nothing_that_is_not_there():
    lines = {line.split()[0].rstrip("/"): line for line in drawn_map() if not line.startswith(" ")}
    assert set(lines) == {*PACKAGES, "tests", "docs"}
    for package, line in lines.items():
        folders = {path.name for path in (ROOT / package).iterdir() if path.is_dir() and path.name != "__pycache__"}
        named = set(re.findall(r"(\w+)/", line.partition(" ")[2]))
        assert named <= folders, f"the map names {named - folders}, which is not in {package}/"
    for package in PACKAGES[1:]:
        parts = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
        assert all(f"{part}/" in lines[package] for part in parts), f"the map lacks a part of {package}/"


def test_the_map_fits_one_screen():
    assert len(drawn_map()) <= 40
    assert max(map(len, drawn_map())) <= 120


def test_the_page_on_architecture_has_every_layer_in_the_order_of_the_contract():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    rows = [row.split("|")[2] for row in re.findall(r"^\| \d+ \|.*", page, re.MULTILINE)]
    shown = [sorted(re.findall(r"`([\w/]+?)(?:/|\.py)`", row)) for row in rows]
    named = [[name.removeprefix("restorebench.").replace(".", "/") for name in line.split(" | ")] for line in layers]
    assert shown == [sorted(names) for names in named]


def test_rooms_stay_small():
    large = {str(path.relative_to(ROOT)): size for path in modules() if (size := _lines(path)) > MOST_LINES}
    assert not large


def test_nothing_prints_but_the_display():
    for path in modules():
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        printing = any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls)
        assert not printing, f"{path} prints"


@pytest.mark.parametrize("path", [p for p in modules() if ">>> " in p.read_text(encoding="utf-8")], ids=dotted)
def test_examples_in_docstrings_are_true(path: Path):
    failed, tried = doctest.testmod(importlib.import_module(dotted(path)))
    assert tried > 0
    assert failed == 0


def test_every_package_is_listed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    found = {dotted(path) for path in modules() if path.name == "__init__.py"}
    assert listed == found


@pytest.mark.slow
def test_a_wheel_holds_every_file_and_works_beside_a_library_called_datasets(tmp_path: Path):
    source = tmp_path / "source"
    names = subprocess.run(  # noqa: S603 -- fixed arguments
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()  # fmt: skip -- one call, four lines
    for name in names:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    subprocess.run(build, check=True, capture_output=True)  # noqa: S603 -- fixed arguments
    wheel = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    wanted = {f"restorebench/{name}" for name in names if name.split("/")[0] in PACKAGES and (ROOT / name).is_file()}
    assert wanted <= packed
    assert {f"restorebench/{name}/py.typed" for name in PACKAGES} <= packed
    (tmp_path / "site" / "datasets").mkdir()
    (tmp_path / "site" / "datasets" / "__init__.py").write_text("name = 'somebody else'\n")
    code = (
        "import datasets, restorebench.datasets, restorebench.bench as b\n"
        "assert datasets.name == 'somebody else'\n"
        f"assert restorebench.datasets.__file__.startswith({str(tmp_path)!r})\n"
        "assert len(b.open_dataset('quickstart-rain')) > 0\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=tmp_path)  # noqa: S603 -- own code


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
