from __future__ import annotations

import os
import signal

import pytest
from restorebench.bench.cli import main
from restorebench.bench.evaluation import matrix
from restorebench.bench.training import trainer


def test_ctrl_c_says_that_nothing_is_lost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(matrix, "run_matrix", interrupted)
    assert main(["run", "-m", "identity", "-d", "quickstart-rain"]) == 130
    assert "everything measured so far is kept" in capsys.readouterr().err


def test_sigterm_says_the_same(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(matrix, "run_matrix", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert main(["run", "-m", "identity", "-d", "quickstart-rain"]) == 143
    assert "everything measured so far is kept" in capsys.readouterr().err


def test_a_command_that_measures_nothing_does_not_claim_that_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", interrupted)
    assert main(["train", "nano-blur"]) == 130
    said = capsys.readouterr().err
    assert "measured" not in said
    assert "what was complete before is kept" in said
