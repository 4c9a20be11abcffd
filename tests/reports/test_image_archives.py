from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.report_runs import FakeRun, write_run
from helpers.submissions import brighter, write_submission
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.errors import RunFolderError
from restorebench.bench.runs.run import load_run
from restorebench.reports.archives import open_archive
from restorebench.reports.image_archives import image_limits, image_name, images_beside, pack_images


def test_the_packed_images_are_those_that_were_restored(tmp_path: Path):
    sent = write_submission(tmp_path)
    with zipfile.ZipFile(sent.images) as stream:
        assert stream.namelist() == [f"restored/{number:03d}.png" for number in range(3)]
        for name in stream.namelist():
            packed = np.asarray(Image.open(io.BytesIO(stream.read(name))))
            assert np.array_equal(packed, np.asarray(Image.open(sent.restored / Path(name).name)))


def test_the_unpacked_images_can_be_scored_by_hand(tmp_path: Path):
    sent = write_submission(tmp_path)
    with zipfile.ZipFile(sent.images) as stream:
        stream.extractall(tmp_path / "by-hand")
    command = ["score", str(tmp_path / "by-hand/restored"), "-d", f"paired={sent.data}", "--name", "again"]
    assert main([*command, "-p", "rgb@1", "--out", str(tmp_path / "again")]) == 0
    again = load_run(tmp_path / "again/paired/again")
    assert [record.metrics for record in again.records] == [record.metrics for record in load_run(sent.run).records]


def test_the_same_images_give_the_same_archive(tmp_path: Path):
    sent = write_submission(tmp_path)
    again = pack_images(load_run(sent.run), tmp_path / "again.images.zip")
    assert again.read_bytes() == sent.images.read_bytes()


def test_images_that_were_not_kept_are_missed(tmp_path: Path):
    sent = write_submission(tmp_path)
    (sent.run / "restored/001.png").unlink()
    with pytest.raises(RunFolderError, match=r"1 of 3 images were not kept \(001\).*--save-images all"):
        pack_images(load_run(sent.run), tmp_path / "new.images.zip")
    assert not (tmp_path / "new.images.zip").exists()


def test_an_image_that_was_not_scored_is_not_packed(tmp_path: Path):
    sent = write_submission(tmp_path)
    path = sent.run / "restored/001.png"
    path.write_bytes(brighter(path.read_bytes()))
    with pytest.raises(RunFolderError, match="it is not what was scored"):
        pack_images(load_run(sent.run), tmp_path / "new.images.zip")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(RunFolderError, match="cannot be submitted with images"):
        pack_images(load_run(sent.run), tmp_path / "new.images.zip")


def test_images_too_large_for_an_archive_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sent = write_submission(tmp_path)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 5000)
    with pytest.raises(RunFolderError, match="more than the 4 GB"):
        pack_images(load_run(sent.run), tmp_path / "new.images.zip")
    assert not (tmp_path / "new.images.zip").exists()


def test_names_never_leave_the_folder():
    assert image_name("../../etc/passwd") == "restored/.%2e/.%2e/etc/passwd.png"
    assert image_name("a\\b:c") == "restored/a%5cb%3ac.png"


def test_an_archive_of_many_images_is_opened_and_one_more_is_refused(tmp_path: Path):
    records = load_run(write_run(tmp_path, replace(FakeRun(), images=300))).records
    limits = image_limits(records)
    for extra in ({}, {"restored/evil.png": 1}):
        with zipfile.ZipFile(tmp_path / "many.zip", "w") as stream:
            for name in (*limits, *extra):
                stream.writestr(name, b"png")
        if not extra:
            with open_archive(tmp_path / "many.zip", limits) as stream:
                assert len(stream.namelist()) == 300
        else:
            with pytest.raises(ValueError, match="it lists 301 files"), open_archive(tmp_path / "many.zip", limits):
                pass


def test_a_file_may_be_as_large_as_its_pixels(tmp_path: Path):
    records = load_run(write_run(tmp_path, replace(FakeRun(), images=1))).records  # of 90 x 120 pixels
    limits = image_limits(records)
    with zipfile.ZipFile(tmp_path / "large.zip", "w") as stream:
        stream.writestr(next(iter(limits)), bytes(90 * (120 * 3 + 1) + (1 << 20) + 1))
    with pytest.raises(ValueError, match="larger than"), open_archive(tmp_path / "large.zip", limits):
        pass


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sent = write_submission(tmp_path)
    assert main(["submit", str(sent.run), "--images", "--out", str(tmp_path / "new")]) == 0
    archive, images = map(Path, capsys.readouterr().out.split())
    assert images == images_beside(archive)
    assert images.read_bytes() == sent.images.read_bytes()
    assert main(["submit", "--check", str(archive), "--images"]) == 2
    assert main(["submit", str(sent.run), "-d", f"paired={sent.data}"]) == 2


def test_nothing_is_written_if_the_images_are_not_there(tmp_path: Path):
    folder = write_run(tmp_path / "runs", FakeRun())
    assert main(["submit", str(folder), "--images", "--out", str(tmp_path / "sent")]) == 2
    assert not (tmp_path / "sent").exists()
