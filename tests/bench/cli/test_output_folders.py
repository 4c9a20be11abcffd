"""A new folder does not get the name of a file: whoever typed it would look for a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.cli import main
from restorebench.bench.cli.output_folders import refuse_file_name
from restorebench.bench.errors import UsageError


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "out"
    assert main(["run", "-m", "identity", "-d", "quickstart-rain", "--limit", "1", "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize(
    "command",
    [
        "submit RUNS --out packed.zip",
        "report RUNS --out page.html",
        "report RUNS --single-file --out page.html",
        "leaderboard RUNS --out board.HTML",
        "export hf RUNS --out results.yaml",
        "export eee RUNS --organization Us --relationship first_party --out results.json",
        "merge RUNS --out merged.tar.gz",
        "quickstart --out page.html",
        "run -m identity -d quickstart-rain --limit 1 --out scores.csv",
        "score restored -d quickstart-rain --out scores.csv",
        "train nano-blur --out weights.pdf",
        "profile -m identity --out cost.json",
        "physics verdict --out verdict.md",
        "init suite.toml",
    ],
)
def test_every_command_with_an_output_folder_refuses_the_name_of_a_file(
    command: str, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [str(runs) if word == "RUNS" else word for word in command.split()]
    assert main(words) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"{words[-1]} would be a folder with the name of a file: name a folder, such as" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out", "v1.2", "net.pth", "run.2026", ".hidden"])
def test_other_names_are_folders(name: str, tmp_path: Path) -> None:
    refuse_file_name(tmp_path / name)


def test_a_folder_that_is_there_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "site.html").mkdir()
    refuse_file_name(tmp_path / "site.html")
    (tmp_path / "page.html").touch()
    with pytest.raises(UsageError, match=r"such as --out .*page\.$"):
        refuse_file_name(tmp_path / "page.html")


def test_a_file_in_place_of_a_folder_is_told_as_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").touch()
    command = ["run", "-m", "identity", "-d", "quickstart-rain", "--limit", "1", "--out", str(tmp_path / "out")]
    assert main(command) == 2
    assert "a part of this path is a file, so choose another one" in " ".join(capsys.readouterr().err.split())
