from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
from restorebench.bench.errors import JournalWriteError, RunFolderError
from restorebench.bench.runs.journal import Journal, read_journal, rewrite_journal
from restorebench.bench.runs.records import ScoreRecord


def record(key: str, psnr: float | None = 30.0) -> ScoreRecord:
    return ScoreRecord(key, {"psnr": psnr}, 0.5, notes={"group": "a"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scores.jsonl"


def test_what_is_appended_is_read_back(path: Path):
    records = [record("a"), record("b", math.inf), record("ü c", None)]
    with Journal(path) as journal:
        for item in records:
            journal.append(item)
    assert read_journal(path) == (records, False)


def test_each_record_is_on_disk_before_the_next(path: Path):
    with Journal(path) as journal:
        journal.append(record("a"))
        assert [item.key for item in read_journal(path)[0]] == ["a"]


def test_a_torn_last_line_at_every_byte_is_dropped_and_the_rest_kept(path: Path):
    whole = f"{record('a').to_json()}\n".encode()
    second = f"{record('b').to_json()}\n".encode()
    for cut in range(1, len(second)):
        path.write_bytes(whole + second[:cut])
        records, torn = read_journal(path)
        assert [item.key for item in records] == ["a"]
        assert torn
    with Journal(path) as journal:
        journal.append(record("c"))
    assert [item.key for item in read_journal(path)[0]] == ["a", "c"]


def test_a_damaged_line_in_the_middle_is_named_and_nothing_is_touched(path: Path):
    content = f"{record('a').to_json()}\n{{broken\n{record('b').to_json()}\n"
    path.write_text(content)
    with pytest.raises(RunFolderError, match="line 2"):
        Journal(path)
    assert path.read_text() == content


def test_a_key_recorded_twice_counts_once_and_the_later_wins(path: Path):
    rewrite_journal(path, [record("a", 1.0), record("b"), record("a", 2.0)])
    with Journal(path) as journal:
        assert {item.key: item.metrics["psnr"] for item in journal.records} == {"a": 2.0, "b": 30.0}
    assert len(path.read_text().splitlines()) == 2


def test_records_that_are_not_kept_leave_the_file(path: Path):
    rewrite_journal(path, [record("a"), record("b", None)])
    Journal(path, keep=lambda item: item.metrics["psnr"] is not None)
    assert [item.key for item in read_journal(path)[0]] == ["a"]


def test_a_full_disk_takes_back_the_torn_line_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch):
    with Journal(path) as journal:
        journal.append(record("a"))
        size = path.stat().st_size
        stream = journal._stream
        assert stream is not None

        class Full:
            def __getattr__(self, name: str) -> object:
                return getattr(stream, name)

            def write(self, data: bytes) -> int:
                os.write(stream.fileno(), data[:7])
                return 7

        monkeypatch.setattr(journal, "_stream", Full())
        with pytest.raises(JournalWriteError, match="everything recorded so far is kept"):
            journal.append(record("b"))
        monkeypatch.undo()
    assert path.stat().st_size == size
    assert read_journal(path) == ([record("a")], False)


def test_rewriting_on_a_full_disk_leaves_the_old_journal(path: Path, monkeypatch: pytest.MonkeyPatch):
    rewrite_journal(path, [record("a")])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(JournalWriteError, match="No space left"):
        rewrite_journal(path, [])
    assert [item.key for item in read_journal(path)[0]] == ["a"]
    assert list(path.parent.iterdir()) == [path]


def test_nan_never_enters_a_record(path: Path):
    with Journal(path) as journal, pytest.raises(ValueError, match="NaN"):
        journal.append(record("a", math.nan))
