"""`-q` and `-v` of every command."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from helpers.commands import COMMANDS as WRITING
from helpers.commands import Inputs, write_inputs
from restorebench.bench.cli import COMMANDS, main, make_app


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_both(name: str) -> None:
    app = make_app([name])[name]
    subcommands = [app[each] for each in app if not each.startswith("-")]
    for each in [part for part in (app, *subcommands) if part.default_command is not None]:
        parameters = inspect.signature(each.default_command).parameters  # pyright: ignore[reportArgumentType] -- checked above
        assert {"quiet", "verbose"} <= set(parameters), each.name


QUIET = (
    "run",
    "score",
    "merge",
    "report",
    "report in one file",
    "leaderboard",
    "figure",
    "baseline",
    "profile",
    "check",
)


@pytest.mark.parametrize("name", QUIET)
def test_quiet_leaves_results_alone(
    name: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert main([*WRITING[name](inputs, tmp_path / "loud")]) == 0
    assert capsys.readouterr().err or name == "check"
    assert main([*WRITING[name](inputs, tmp_path / "quiet"), "-q"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out or name == "baseline"


def test_quiet_hides_no_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["table", str(tmp_path), "-q"]) == 2
    assert "There is no run in" in capsys.readouterr().err


def test_quiet_ends_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocols", "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["protocols"]) == 0
    assert "shows formulas" in capsys.readouterr().err


def test_verbose_shows_the_traceback_of_an_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["table", str(tmp_path), "-v"]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert main(["table", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_verbose_shows_the_traceback_of_a_failed_image(
    inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WRITING["run that fails"](inputs, tmp_path), "-v"]) == 1
    assert "as it must" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["run", "-q", "-v"], ["protocols", "--quiet", "--verbose"]])
def test_both_contradict_each_other(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "contradict" in capsys.readouterr().err
