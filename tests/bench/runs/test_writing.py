from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest
from restorebench.bench.errors import JournalWriteError
from restorebench.bench.runs.writing import make_folders_below, writing

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


@pytest.mark.parametrize("action", ["delete", "move"])
def test_a_run_folder_that_went_while_a_file_was_written_is_the_reason_that_is_told(tmp_path: Path, action: str):
    run = tmp_path / "run"
    place = run / "restored" / "a.png"
    place.parent.mkdir(parents=True)

    def write() -> None:
        with writing(place, run=run):
            shutil.rmtree(run) if action == "delete" else run.rename(tmp_path / "elsewhere")
            place.write_text("")

    with pytest.raises(JournalWriteError, match=f"{run} was deleted or moved while it was being written"):
        write()


def test_a_run_folder_that_is_in_place_is_not_blamed(tmp_path: Path):
    with pytest.raises(JournalWriteError, match=r"Cannot write .*No space left"), writing(tmp_path / "a", run=tmp_path):
        raise FULL


def test_folders_inside_a_run_folder_are_made_and_the_run_folder_is_not(tmp_path: Path):
    run = tmp_path / "out" / "run"
    with pytest.raises(FileNotFoundError):
        make_folders_below(run, run / "restored" / "a")
    assert not (tmp_path / "out").exists()
    run.mkdir(parents=True)
    make_folders_below(run, run / "restored" / "a")
    make_folders_below(run, run / "restored" / "a")
    assert (run / "restored" / "a").is_dir()
