from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from restorebench.bench.cli import main


@pytest.fixture(autouse=True)
def _nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.chdir(tmp_path)


def test_the_commands_are_printed_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "-m", "prenet", "-d", "rain100h"]) == 1
    printed = capsys.readouterr().out.splitlines()
    commands = [line.strip() for line in printed[printed.index("In this order:") + 1 :]]
    assert commands[0] == "restorebench fetch prenet:rain100h"
    assert commands[-1] == "restorebench run -m prenet -d rain100h=FOLDER"


def test_the_last_command_works_when_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "-m", "identity", "-d", "quickstart-blur", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ready"]
    assert main([*shlex.split(answer["commands"][-1])[1:], "--limit", "1"]) == 0


@pytest.mark.parametrize("given", [["-m", "prenet"], ["-d", "gopro"]])
def test_half_a_question_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", *given]) == 2
    assert "both a model and a data set" in capsys.readouterr().err
