from __future__ import annotations

import pytest
from restorebench.bench.cli import main
from restorebench.bench.evaluation import matrix


def test_ctrl_c_says_that_nothing_is_lost(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(matrix, "run_matrix", interrupted)
    assert main(["run", "-m", "identity", "-d", "quickstart-rain"]) == 130
    assert "everything measured so far is kept" in capsys.readouterr().err
