from __future__ import annotations

import re

import pytest
from restorebench.bench.cli import main
from restorebench.bench.terminal import display
from restorebench.datasets import DATASETS


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_the_name_of_a_data_set_says_where_to_get_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", name]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"{name} is a data set, and fetch gets weights only: " in said
    assert said.endswith(f"; see `restorebench datasets fetch {name}`.")


def test_options_and_folders_of_a_data_set_change_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for written in ("gopro=/data/GOPRO", "gopro[variant=blur_gamma]"):
        assert main(["fetch", written]) == 2
        assert "gopro is a data set" in capsys.readouterr().err


def test_another_name_is_still_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "restormre"]) == 2
    assert "did you mean restormer" in capsys.readouterr().err


@pytest.mark.parametrize(("columns", "lost"), [(80, {"Weights"}), (120, set[str]())])
def test_the_list_keeps_size_and_licence_on_a_narrow_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, lost: set[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    display._console.cache_clear()
    assert main(["fetch", "--list"]) == 0
    display._console.cache_clear()
    printed = capsys.readouterr()
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in printed.out.splitlines()]
    assert max(map(len, lines)) <= columns
    head = next(set(line.split()) for line in lines if "Name" in line)
    assert head == {"Name", "Weights", "Licence", "Size", "State"} - lost
    assert ("Not shown" in printed.err) == bool(lost)
