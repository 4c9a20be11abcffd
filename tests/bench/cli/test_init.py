"""What `init` writes runs as it is, and every line of it that is commented out is an option that exists."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from restorebench.bench.cli import main
from restorebench.bench.cli.init import TEMPLATES
from restorebench.bench.evaluation.options import RunOptions
from restorebench.bench.runs.run import find_runs


def test_what_it_writes_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert main(["init", str(tmp_path / "new")]) == 0
    suite, model = map(Path, capsys.readouterr().out.split())
    assert suite.is_file()
    assert model.is_file()
    assert main(["run", str(suite), "--limit", "2", "--device", "cpu"]) == 0
    runs = find_runs(tmp_path / "new" / "results")
    assert sorted(run.info.plan.model.rpartition("/")[2] for run in runs) == ["identity", "mine.py:build"]
    assert all(run.summary.failed == 0 for run in runs)


def test_the_model_keeps_to_the_contract(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path)]) == 0
    assert main(["models", "test", f"{tmp_path}/mine.py:build"]) == 0


def test_the_working_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"suite.toml", "mine.py"}


def test_nothing_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text("precious")
    assert main(["init", str(tmp_path)]) == 2
    assert "mine.py exists already" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"mine.py": "precious"}


def test_options_that_are_commented_out_exist_and_are_valid() -> None:
    text = (TEMPLATES / "suite.toml").read_text(encoding="utf-8")
    shown = re.sub(r"^( *)# (?=\w+ = |\")", r"\1", text, flags=re.MULTILINE)
    options = tomllib.loads(shown)
    assert {"protocols", "metrics", "tile_on_oom", "limit"} <= set(options)
    assert set(options) <= {field.name for field in fields(RunOptions)}
    assert len(options["datasets"]) == 3
