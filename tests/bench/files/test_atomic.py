from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from restorebench.bench.files import atomic
from restorebench.bench.files.atomic import replace_file, replacing, write_atomic
from restorebench.bench.files.partials import remove_partials


@pytest.fixture(params=["absent", "present"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "file.txt"
    if request.param == "present":
        file.write_bytes(b"old")
    return file


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("options", [{}, {"durable": True}])
def test_the_new_content_appears_at_the_end_of_the_block(path: Path, options: dict[str, bool]) -> None:
    before = content(path)
    with replacing(path, **options) as partial, partial.open("wb") as file:
        file.write(b"new")
        file.flush()
        assert content(path) == before
        assert partial.parent == path.parent  # a rename is atomic within one file system only
    assert path.read_bytes() == b"new"
    assert names_in(path.parent) == ["file.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_what_was_there(path: Path, error: BaseException) -> None:
    before, names = content(path), names_in(path.parent)

    def fail() -> None:
        with replacing(path) as partial:
            partial.write_bytes(b"ne")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert content(path) == before
    assert names_in(path.parent) == names


def test_what_the_disk_refuses_is_not_put_in_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, names, synced = content(path), names_in(path.parent), list[int]()

    def full(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), replacing(path, durable=True) as partial:
        partial.write_bytes(b"new")
    assert synced == [3]
    assert content(path) == before
    assert names_in(path.parent) == names
    write_atomic(path, b"not waited for")
    assert path.read_bytes() == b"not waited for"


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with replacing(path) as one:
        one.write_bytes(b"one")
        with replacing(path) as two:
            two.write_bytes(b"two")
        assert path.read_bytes() == b"two"
    assert path.read_bytes() == b"one"
    assert names_in(tmp_path) == ["file"]


def test_text_is_written_as_it_is_into_new_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.md"
    write_atomic(path, "± one\r\ntwo\n")
    assert path.read_bytes() == b"\xc2\xb1 one\r\ntwo\n"


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_others_may_read_what_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "file", "")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_leftovers_of_a_killed_process_are_removed_and_nothing_else(tmp_path: Path) -> None:
    with replacing(tmp_path / "state.pt") as partial:
        partial.touch()
    for name in (partial.name, "state.pt", "mine.part", ".hidden"):
        (tmp_path / name).touch()
    remove_partials(tmp_path)
    assert names_in(tmp_path) == [".hidden", "mine.part", "state.pt"]


class Held:
    """`Path.replace` as on Windows while somebody has the destination open, for so many attempts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, attempts: int, code: int | None = 32) -> None:
        self.left, self.waited, self.code = attempts, [], code
        self.replace = Path.replace
        monkeypatch.setattr(Path, "replace", lambda *paths: self(*paths))  # noqa: PLW0108 -- a function is bound to its path
        monkeypatch.setattr(atomic.time, "sleep", self.waited.append)

    def __call__(self, source: Path, destination: Path) -> Path:
        self.left -= 1
        if self.left < 0:
            return self.replace(source, destination)
        error = PermissionError(13, "The process cannot access the file", str(source))
        if self.code is not None:
            error.winerror = self.code
        raise error


def test_a_file_that_somebody_reads_is_replaced_when_he_has_finished(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch, attempts=3)
    write_atomic(path, "new")
    assert content(path) == b"new"
    assert held.waited == list(atomic.PAUSES[:3])


def test_a_file_that_stays_open_is_an_error_that_names_it_and_leaves_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(path)
    held = Held(monkeypatch, attempts=100)
    with pytest.raises(PermissionError) as caught:
        write_atomic(path, "new")
    assert caught.value.filename == str(path)
    assert sum(held.waited) < 2
    assert content(path) == before
    assert names_in(path.parent) == ([] if before is None else [path.name])


def test_a_folder_without_permission_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch, attempts=1, code=None)
    with pytest.raises(PermissionError):
        replace_file(tmp_path / "a", tmp_path / "b")
    assert held.waited == []
