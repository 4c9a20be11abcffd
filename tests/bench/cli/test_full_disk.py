from __future__ import annotations

import errno
from pathlib import Path

import pytest
from restorebench.bench.cli import main
from restorebench.bench.evaluation import cell

RUN = ["run", "-m", "identity", "-d", "quickstart-rain", "--limit", "2", "--save-images", "none"]


def test_an_out_that_is_a_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("")
    assert main([*RUN, "--out", str(tmp_path / "out")]) == 2
    assert f"Cannot write {tmp_path / 'out'}" in " ".join(capsys.readouterr().err.split())


def test_a_disk_that_fills_after_the_last_record_is_one_sentence_and_keeps_the_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cell, "save_pair_pictures", full)
    assert main([*RUN, "--out", str(tmp_path)]) == 2
    assert "(No space left on device): everything recorded so far is kept" in capsys.readouterr().err
    journal = tmp_path / "quickstart-rain" / "identity" / "scores.jsonl"
    assert len(journal.read_text().splitlines()) == 2
