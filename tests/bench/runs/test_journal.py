from __future__ import annotations

import errno
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.records import scored
from restorebench.bench.errors import JournalWriteError, RunFolderError
from restorebench.bench.runs.journal import Journal, JournalContent, read_journal, rewrite_journal
from restorebench.bench.runs.record_lines import encode_record
from restorebench.bench.runs.records import ScoreRecord


def record(key: str, psnr: float | None = 30.0) -> ScoreRecord:
    return scored(key, {"psnr": psnr}, group="a")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scores.jsonl"


def test_what_is_appended_is_read_back(path: Path):
    records = [record("a"), record("b", math.inf), record("ü c", None)]
    with Journal(path, "rgb@1") as journal:
        for item in records:
            journal.append(item)
    assert read_journal(path, "rgb@1") == JournalContent(tuple(records))


def test_each_record_is_on_disk_before_the_next(path: Path):
    with Journal(path, "rgb@1") as journal:
        journal.append(record("a"))
        assert [item.key for item in read_journal(path, "rgb@1").records] == ["a"]


def test_a_torn_last_line_at_every_byte_is_dropped_and_the_rest_kept(path: Path):
    whole, second = (encode_record(record(key)) + b"\n" for key in "ab")
    for cut in range(1, len(second)):
        path.write_bytes(whole + second[:cut])
        found = read_journal(path, "rgb@1")
        assert [item.key for item in found.records] == ["a"]
        assert found.torn
    with Journal(path, "rgb@1") as journal:
        journal.append(record("c"))
    assert [item.key for item in read_journal(path, "rgb@1").records] == ["a", "c"]


def test_a_damaged_line_in_the_middle_is_named_and_nothing_is_touched(path: Path):
    content = encode_record(record("a")) + b"\n{broken\n" + encode_record(record("b")) + b"\n"
    path.write_bytes(content)
    with pytest.raises(RunFolderError, match="line 2"):
        Journal(path, "rgb@1")
    assert path.read_bytes() == content


@pytest.mark.parametrize("again", [1.0, 2.0])
def test_an_image_recorded_twice_is_refused_by_whoever_reads_it_and_nothing_is_touched(path: Path, again: float):
    rewrite_journal(path, [record("a", 1.0), record("b"), record("a", again)])
    content = path.read_bytes()
    for reader in (read_journal, Journal):
        with pytest.raises(RunFolderError, match="two records of the image 'a', in lines 1 and 3: delete the line"):
            reader(path, "rgb@1")
    assert path.read_bytes() == content


def test_records_that_are_not_kept_leave_the_file(path: Path):
    rewrite_journal(path, [record("a"), record("b", None)])
    Journal(path, "rgb@1", keep=lambda item: item.metrics["psnr"] is not None)
    assert [item.key for item in read_journal(path, "rgb@1").records] == ["a"]


def test_a_full_disk_takes_back_the_torn_line_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch):
    with Journal(path, "rgb@1") as journal:
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
    assert read_journal(path, "rgb@1") == JournalContent((record("a"),))


def test_rewriting_on_a_full_disk_leaves_the_old_journal(path: Path, monkeypatch: pytest.MonkeyPatch):
    rewrite_journal(path, [record("a")])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(JournalWriteError, match="No space left"):
        rewrite_journal(path, [])
    assert [item.key for item in read_journal(path, "rgb@1").records] == ["a"]
    assert list(path.parent.iterdir()) == [path]


def test_nan_never_enters_a_record(path: Path):
    with Journal(path, "rgb@1") as journal, pytest.raises(ValueError, match="is nan"):
        journal.append(record("a", math.nan))


def by(protocol: str, key: str, value: float, restored: str = "") -> ScoreRecord:
    return scored(key, {"psnr": value}, protocol=protocol, restored=restored, pair="0123456789abcdef")


def test_lines_of_other_protocols_join_the_record_of_their_image(path: Path):
    with Journal(path, "rgb@1", "y@1") as journal:
        journal.append(by("rgb@1", "b", 30.0, "aa"))
        journal.append(by("rgb@1", "a", 31.0, "bb"))
        journal.append(by("y@1", "b", 32.0, "aa"))
        journal.append(by("y@1", "a", 33.0, "cc"))
        assert len(path.read_bytes().splitlines()) == 4
        found = read_journal(path, "rgb@1", "y@1")
        assert found.divided
        assert list(found.records) == journal.records
        journal.sort(["a", "b"])
    assert len(path.read_bytes().splitlines()) == 2
    found = read_journal(path, "rgb@1", "y@1")
    assert (found.divided, [record.key for record in found.records]) == (False, ["a", "b"])
    first, second = found.records
    assert (first.of("rgb@1").values["psnr"], first.of("y@1").values["psnr"]) == (31.0, 33.0)
    assert (first.digest("rgb@1"), first.digest("y@1"), second.digest("y@1")) == ("bb", "cc", "aa")
    assert first.by("y@1") == by("y@1", "a", 33.0, "cc")


def test_opening_a_journal_joins_the_lines_of_an_image(path: Path):
    lines = [by("rgb@1", "a", 30.0), by("rgb@1", "b", 30.0), by("y@1", "a", 31.0)]
    path.write_bytes(b"".join(encode_record(line) + b"\n" for line in lines))
    with Journal(path, "rgb@1", "y@1") as journal:
        assert [list(record.scores) for record in journal.records] == [["rgb@1", "y@1"], ["rgb@1"]]
    assert len(path.read_bytes().splitlines()) == 2


@pytest.mark.parametrize(
    "second",
    [
        by("rgb@1", "a", 30.0),
        replace(by("y@1", "a", 31.0), pair="other"),
        ScoreRecord.failed("a", "because", {"y@1": ["psnr"]}, pair="0123456789abcdef"),
    ],
)
def test_a_second_line_that_contradicts_the_first_is_refused(path: Path, second: ScoreRecord):
    content = b"".join(encode_record(line) + b"\n" for line in (by("rgb@1", "b", 1.0), by("rgb@1", "a", 30.0), second))
    path.write_bytes(content)
    with pytest.raises(RunFolderError, match=r"two records of the image 'a', in lines 2 and 3"):
        Journal(path, "rgb@1", "y@1")
    assert path.read_bytes() == content
