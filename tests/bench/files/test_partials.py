from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from restorebench.bench.files import partials
from restorebench.bench.files.atomic import replacing, write_atomic
from restorebench.bench.files.partials import has_partials, partial_folder, partial_path, remove_partials

DIES = """
import os, signal, sys
from pathlib import Path
from restorebench.bench.files.partials import partial_folder, partial_path
with partial_path(Path(sys.argv[1], "run.json")) as file, partial_folder(Path(sys.argv[1], "report")) as folder:
    file.write_text("half")
    (folder / "page.html").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def left(tmp_path: Path) -> list[str]:
    """What a process that was killed in the middle of writing leaves in the folder `out`."""
    (tmp_path / "out").mkdir()
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path / "out")], check=False)  # noqa: S603 -- our own
    assert done.returncode == -9
    names = names_in(tmp_path / "out")
    assert [name.split(".")[1] for name in names] == ["report", "run"]
    return names


def test_the_next_command_that_writes_into_the_folder_removes_what_a_kill_left(left: list[str], tmp_path: Path) -> None:
    assert left
    assert has_partials(tmp_path / "out" / "report")
    write_atomic(tmp_path / "out" / "other.json", "{}")
    assert names_in(tmp_path / "out") == ["other.json"]
    assert not has_partials(tmp_path / "out" / "report")


def test_what_another_process_is_writing_stays(tmp_path: Path) -> None:
    parent = tmp_path / f".a.{partials._host()}-{os.getppid():x}-abcdef.part"
    parent.touch()
    remove_partials(tmp_path)
    with partial_path(tmp_path / "b") as mine:
        mine.touch()
        remove_partials(tmp_path)
        assert mine.exists()
    assert names_in(tmp_path) == [parent.name]


@pytest.mark.parametrize("name", [".a.0123abcd.part", ".a.ffff-1-abcdef.part"])
def test_a_writer_that_cannot_be_asked_for_keeps_its_file_for_a_day(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partials, "_host", lambda: "0000")
    (tmp_path / name).touch()
    remove_partials(tmp_path)
    assert names_in(tmp_path) == [name]
    yesterday = (tmp_path / name).stat().st_mtime - partials.OLD_SECONDS - 60
    os.utime(tmp_path / name, (yesterday, yesterday))
    remove_partials(tmp_path)
    assert names_in(tmp_path) == []


def test_files_of_a_user_are_no_leftovers(tmp_path: Path) -> None:
    names = ["mine.part", ".mine.part", ".part", "a.0123abcd.part", ".git"]
    for name in names:
        (tmp_path / name).touch()
    remove_partials(tmp_path)
    assert names_in(tmp_path) == sorted(names)


def test_a_name_as_long_as_the_file_system_allows_can_be_written(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("é" * 127), "content")
    assert [len(name.encode()) for name in names_in(tmp_path)] == [254]


def test_a_folder_is_removed_when_its_block_ends(tmp_path: Path) -> None:
    with partial_folder(tmp_path / "report") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()
    assert names_in(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="devices are those of POSIX")
def test_a_device_is_written_and_not_replaced() -> None:
    with replacing(Path("/dev/null")) as place:
        assert place == Path("/dev/null")
        place.write_text("content")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OSError, match="No space") as full:
        write_atomic(Path("/dev/full"), "content")
    assert full.value.filename == "/dev/full"


def test_a_link_stays_and_the_file_that_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    write_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_text() == "new"
