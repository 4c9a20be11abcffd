"""What git answers, and that its absence or refusal is no error."""

from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.machine.git import git_output


def test_an_answer_and_a_refusal(tmp_path: Path):
    assert git_output(tmp_path, "init", "-q") == ""
    assert git_output(tmp_path, "rev-parse", "--is-inside-work-tree") == "true"
    assert git_output(tmp_path, "rev-parse", "--verify", "HEAD") is None


def test_without_git_there_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_output(tmp_path, "version") is None


def test_what_git_prints_need_not_be_text(tmp_path: Path):
    git_output(tmp_path, "init", "-q")
    with (tmp_path / ".git" / "config").open("ab") as config:
        config.write('[restorebench]\n\tnew = "Gr\u00fcn"\n'.encode())
        config.write(b'\told = "Gr\xfcn"\n')
    assert git_output(tmp_path, "config", "restorebench.new") == "Gr\u00fcn"
    assert git_output(tmp_path, "config", "restorebench.old") == "Gr\ufffdn"
