from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from restorebench.bench.cli import main
from restorebench.bench.errors import RestorationError
from restorebench.bench.verdict import checks


def raises(error: Exception) -> Callable[..., None]:
    def fault(*_: object, **__: object) -> None:
        raise error

    return fault


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("RESTOREBENCH_TRACEBACK", raising=False)
    run = write_paired_run(tmp_path / "old", {"psnr": [30.0, 31.0, 32.0]})
    return ["check", str(run), "--baseline", str(run)]


@pytest.mark.parametrize("error", [ZeroDivisionError("of a mean"), KeyError("psnr"), MemoryError(), AssertionError()])
def test_a_crash_of_a_check_is_no_failed_gate(
    command: list[str],
    tmp_path: Path,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(checks, "compare_sides", raises(error))
    assert main(command) == 70
    printed = capsys.readouterr()
    assert printed.out == ""
    said = " ".join(printed.err.split())
    assert "Traceback" not in said
    assert f"internal fault ({type(error).__name__}" in said
    assert "in checks.py line" in said
    assert "report it in restorebench's issue tracker" in said
    (kept,) = tmp_path.glob("restorebench-traceback-*.txt")
    assert str(kept) in printed.err.replace("\n", "")
    assert re.search(r"Traceback.*compare_sides", kept.read_text(encoding="utf-8"), re.DOTALL)


def test_the_traceback_is_printed_on_request(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("RESTOREBENCH_TRACEBACK", "1")
    monkeypatch.setattr(checks, "compare_sides", raises(ValueError("odd")))
    assert main(command) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err
    assert not list(tmp_path.glob("restorebench-traceback-*"))


def test_the_traceback_is_printed_where_no_file_can_keep_it(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    monkeypatch.setattr(checks, "compare_sides", raises(ValueError("odd")))
    assert main(command) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_error_of_a_model_is_no_failed_gate_either(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(checks, "latency_gates", raises(RestorationError("The model cannot be timed.")))
    assert main(command) == 2
    assert "The model cannot be timed." in capsys.readouterr().err


def test_the_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for code in (0, 1, 2, 3, 70, 130, 143):
        assert re.search(rf"[:;] {code} ", said), code
