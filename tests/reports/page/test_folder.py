from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from restorebench.bench.errors import UsageError
from restorebench.reports.page.folder import replacing_report

OLD, NEW = "old", "new"

DIES = """
import os, signal, sys
from pathlib import Path
from restorebench.reports.page.folder import replacing_report

left, replace = int(sys.argv[1]), Path.replace

def dies(source, target):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(source, target)

Path.replace = dies
with replacing_report(Path(sys.argv[2])) as made:
    (made / "files").mkdir()
    (made / "index.html").touch()
"""


def write(out: Path, text: str) -> None:
    with replacing_report(out) as made:
        (made / "files").mkdir()
        (made / "files" / "picture.png").write_text(text)
        (made / "index.html").write_text(f'<meta name="generator" content="restorebench 1"> {text}')


def contents(out: Path) -> dict[str, str]:
    return {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*") if path.is_file()}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write(tmp_path / "out", OLD)
    return tmp_path / "out"


def test_the_new_report_replaces_the_old_one_whole(out: Path) -> None:
    (out / "models").mkdir()
    (out / "models" / "page.html").touch()
    (out / "notes.txt").write_text("mine")
    write(out, NEW)
    assert contents(out) == {
        "files/picture.png": NEW,
        "index.html": f'<meta name="generator" content="restorebench 1"> {NEW}',
        "notes.txt": "mine",
    }


def test_a_failure_while_it_is_made_leaves_the_old_one(out: Path) -> None:
    before = contents(out)

    def fill() -> None:
        with replacing_report(out) as made:
            (made / "files").mkdir()
            raise OSError(errno.ENOSPC, "No space left on device", str(made / "files" / "images-0.js"))

    with pytest.raises(OSError, match="No space") as full:
        fill()
    assert full.value.filename == str(out / "files" / "images-0.js")
    assert contents(out) == before


@pytest.mark.parametrize("moves", range(4))
def test_a_failure_while_they_are_exchanged_leaves_the_old_one(
    out: Path, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, replace, left = contents(out), Path.replace, [moves]

    def fails(source: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(errno.EIO, "Input/output error", str(source), None, str(target))
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OSError, match="Input/output"):
        write(out, NEW)
    assert contents(out) == before


@pytest.mark.parametrize("first", [True, False], ids=["first report", "second report"])
@pytest.mark.parametrize("moves", range(2))
def test_a_process_that_dies_while_they_are_exchanged_can_be_repeated(
    *, first: bool, moves: int, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    if not first:
        write(out, OLD)
    before = names_in(out) if out.is_dir() else []
    done = subprocess.run([sys.executable, "-c", DIES, str(moves), str(out)], check=False)  # noqa: S603 -- our own
    assert done.returncode == -9
    assert names_in(out) != before
    write(out, NEW)
    assert names_in(out) == ["files", "index.html"]
    assert contents(out)["files/picture.png"] == NEW


@pytest.mark.parametrize("name", ["index.html", "files", "models", "datasets"])
def test_a_folder_of_something_else_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe not UTF-8")
    with pytest.raises(UsageError, match="not a restorebench report"):
        write(tmp_path, NEW)
    assert names_in(tmp_path) == [name]
