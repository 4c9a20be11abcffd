from __future__ import annotations

import errno
from pathlib import Path

import pytest
from restorebench.bench.errors import JournalWriteError
from restorebench.bench.runs.writing import writing

FULL = OSError(errno.ENOSPC, "No space left on device")


def test_the_sentence_says_what_is_kept_and_what_to_do(tmp_path: Path):
    path = tmp_path / "a.png"
    with pytest.raises(JournalWriteError) as told, writing(path, kept="the parts are untouched", otherwise=", or not"):
        raise FULL
    assert str(told.value) == (
        f"Cannot write {path} (No space left on device): the parts are untouched; make room or fix the permissions, "
        "and run the same command again, or not."
    )


def test_of_a_folder_the_file_in_it_is_named(tmp_path: Path):
    (tmp_path / "b.txt").mkdir()
    said = r"Cannot write .*b\.txt \(Is a directory\): everything recorded"
    with pytest.raises(JournalWriteError, match=said), writing(tmp_path):
        (tmp_path / "b.txt").write_text("")
