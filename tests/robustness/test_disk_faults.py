"""Every command that writes, on a disk that is full or cannot be written.

There is one sentence about it, and nothing half-written takes the place of a good file.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from helpers.commands import COMMANDS, Inputs, contents, write_inputs
from helpers.file_server import SHA256, serving
from restorebench.bench.cli import main, quickstart
from restorebench.bench.models import fetchables
from restorebench.bench.models.fetchables import Fetchable

resource: ModuleType = pytest.importorskip("resource", reason="limits of processes are those of POSIX")

LIMITS = (0, 90, 3000, 20_000)
"""Bytes that a file may have: each lets a command come further than the one before."""

LEFT_OUT = ("run that fails", "profile")
"""What these write anew has the time in it."""

SLOW = ("physics verdict", "physics show", "train with validation")
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in COMMANDS]


@contextlib.contextmanager
def files_limited(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, which fails as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return write_inputs(tmp_path_factory.mktemp("inputs"))


def refused(capsys: pytest.CaptureFixture[str], *places: Path) -> str:
    """The one sentence of a command that could not write something at or below one of the places."""
    text = capsys.readouterr().err
    assert "Traceback" not in text
    (sentence,) = re.findall(r"restorebench: error: (.*)", text)
    assert any(str(place) in sentence for place in places), sentence
    assert re.search(r" \([A-Z][^)]+\)[:.]", sentence), sentence
    assert sentence.endswith("."), sentence
    return sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_file_where_a_folder_is_wanted(
    name: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("mine")
    assert main(COMMANDS[name](inputs, tmp_path / "out")) == 2
    refused(capsys, tmp_path / "out")
    assert contents(tmp_path) == {"out": b"mine"}


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_and_the_same_command_once_there_is_room(
    name: str, inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = main(COMMANDS[name](inputs, tmp_path / "whole"))
    assert whole == (1 if name == "run that fails" else 0)
    codes: list[int] = []
    for size in LIMITS:
        out = tmp_path / str(size)
        out.mkdir()
        capsys.readouterr()
        with files_limited(size):
            codes.append(main(COMMANDS[name](inputs, out)))
        if codes[-1] == 2:
            # `merge` locks its inputs too, and a report in one file is drawn in the system's temporary folder.
            refused(capsys, out, Path(tempfile.gettempdir()) if name == "report in one file" else inputs.runs)
        assert not [path for path in contents(out) if ".part" in path]
        assert main(COMMANDS[name](inputs, out)) == whole
        assert contents(out).keys() == contents(tmp_path / "whole").keys()
    assert codes[0] == 2
    assert set(codes) <= {2, whole}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LEFT_OUT])
def test_a_full_disk_leaves_what_was_there(name: str, inputs: Inputs, tmp_path: Path) -> None:
    words = COMMANDS[name](inputs, tmp_path)
    assert main(words) == 0
    before = contents(tmp_path)
    for size in LIMITS:
        with files_limited(size):
            assert main(words) in (0, 2)
        assert contents(tmp_path) == before


def test_what_was_measured_is_shown_even_if_it_cannot_be_written(
    inputs: Inputs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, shown in (("profile", "MACs"), ("check", "PASS")):
        with files_limited(0):
            assert main(COMMANDS[name](inputs, tmp_path)) == 2
        assert shown.lower() in capsys.readouterr().out.lower()


@pytest.mark.parametrize("fault", ["file", "full"])
def test_the_quickstart(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quickstart, "STUDIES", {"quickstart-rain": ("identity",)})
    words = ["quickstart", "--out", str(tmp_path / "out")]
    if fault == "file":
        (tmp_path / "out").touch()
        assert main(words) == 2
    else:
        with files_limited(30_000):  # enough for the records, too little for the pictures
            assert main(words) == 2
    refused(capsys, tmp_path / "out")


@pytest.mark.parametrize("fault", ["file", "full"])
def test_a_fetch(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "cache" / "weights.pth"
    with serving() as url:
        item = Fetchable("mine", "Mine", url, place, SHA256)
        monkeypatch.setattr(fetchables, "find_fetchables", lambda _: [item])
        if fault == "file":
            place.parent.touch()
            assert main(["fetch", "mine"]) == 2
            place.parent.unlink()
        else:
            with files_limited(1_000_000):
                assert main(["fetch", "mine"]) == 2
        assert str(place) in capsys.readouterr().err
        assert not place.exists()
        assert main(["fetch", "mine"]) == 0
    assert [path.name for path in place.parent.iterdir() if not path.name.endswith(".lock")] == ["weights.pth"]


@pytest.fixture(params=["full", "read-only"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own without room, or without permission to write."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("has no mount")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=False)  # noqa: S603 -- our own words
    if mounted.returncode:
        pytest.skip("may not mount a file system")
    try:
        if request.param == "full":
            with contextlib.suppress(OSError):
                (folder / "filler").write_bytes(bytes(1 << 20))
        else:
            subprocess.run([mount, "-o", "remount,ro", str(folder)], check=True)  # noqa: S603 -- as above
        yield folder
    finally:
        subprocess.run([umount, str(folder)], check=True)  # noqa: S603 -- as above


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a file system")
def test_a_real_disk(disk: Path, inputs: Inputs, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (name for name in COMMANDS if name != "physics verdict"):
        before = whole_files(disk)
        assert main(COMMANDS[name](inputs, disk)) == 2, name
        assert re.search(r"No space left|Read-only", refused(capsys, disk))
        assert whole_files(disk) == before


def whole_files(folder: Path) -> dict[str, bytes]:
    """All but empty ones, such as locks."""
    return {name: content for name, content in contents(folder).items() if content}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("name", "option"), [("check", "--junit"), ("table", "--bib"), ("baseline", "--out"), ("figure", "--out")]
)
def test_a_device_that_is_full(name: str, option: str, inputs: Inputs, capsys: pytest.CaptureFixture[str]) -> None:
    words = COMMANDS[name](inputs, Path())
    words[words.index(option) + 1] = "/dev/full"
    assert main(words) == 2
    text = capsys.readouterr().err
    assert "Cannot write /dev/full (No space left on device)" in text or "has no suffix" in text
    assert Path("/dev/full").is_char_device()
