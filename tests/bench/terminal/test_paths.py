from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from helpers.commands import COMMANDS, Inputs, write_inputs
from restorebench.bench.cli import main
from restorebench.bench.terminal import paths
from restorebench.bench.terminal.paths import remember_working_folder, shown_path, typed_command, typed_path


@pytest.fixture(autouse=True)
def _forget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_started", [None])
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("given", "shown"),
    [("out", "out"), ("./out/../out/x", "out/x"), ("..", ".."), ("/data/x", "/data/x"), (".", ".")],
)
def test_a_path_is_as_it_can_be_typed(given: str, shown: str, tmp_path: Path) -> None:
    expected = str(tmp_path.parent) if shown == ".." else shown
    assert shown_path(Path(given)) == expected
    assert shown_path(tmp_path / given) == expected


def test_a_model_that_changes_the_folder_changes_no_path(tmp_path: Path) -> None:
    remember_working_folder()
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path / "elsewhere")
    assert shown_path(tmp_path / "out") == "out"
    assert shown_path(tmp_path / "elsewhere" / "x") == "elsewhere/x"


def test_a_suggested_command_survives_spaces(tmp_path: Path) -> None:
    assert shlex.split(f"restorebench table {typed_path(tmp_path / 'my runs')}")[2:] == ["my runs"]


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return write_inputs(tmp_path / "in")


@pytest.mark.parametrize("name", ["report", "leaderboard", "figure", "submit", "physics show"])
def test_what_commands_print_is_relative_here_and_there(
    name: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(COMMANDS[name](inputs, tmp_path / "out")) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed
    assert all(line.startswith("out") and (tmp_path / line).is_file() for line in printed)


def test_a_command_is_quoted_for_the_shell_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["restorebench", "run", "-d", r"gopro=C:\my data", "-m", r"C:\x\my.py:Model"]
    assert shlex.split(typed_command(words)) == words
    monkeypatch.setattr(paths.sys, "platform", "win32")
    assert typed_command(words) == r'restorebench run -d "gopro=C:\my data" -m C:\x\my.py:Model'


def test_nothing_else_quotes_commands() -> None:
    root = Path(paths.__file__).parents[2]
    packages = [path for name in ("bench", "datasets", "baselines", "reports") for path in (root / name).rglob("*.py")]
    users = {path.name for path in packages if re.search(r"shlex\.(join|quote)", path.read_text("utf-8"))}
    assert users == {"paths.py"}
