"""Images whose names some file system does not take: each keeps its own picture in every folder that a run makes."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png
from restorebench.bench.runs.pictures import existing_picture
from restorebench.bench.runs.run import find_runs

NAMES = ["a_b", "a-b", "A_B", "a b", "CON", "com1.x", "café", "%41", "v1.2", "scene/a_b", "a%3ab"]
NOT_ON_WINDOWS = ["a:b", "a?b", "cafe\u0301x", "end.", "new\nline", "x" * 250]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A finished run that kept every picture."""
    generator = np.random.default_rng(0)
    for name in NAMES + ([] if sys.platform == "win32" else NOT_ON_WINDOWS):
        for side in ("input", "target"):
            image = generator.integers(0, 256, (24, 24, 3), dtype=np.uint8)
            place = tmp_path / "data" / side / f"{name}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            plain = tmp_path / "image.png"
            save_png(plain, image)
            shutil.move(plain, place)
    command = ["run", "-m", "identity", "-d", f"paired={tmp_path / 'data'}", "-p", "rgb", "--save-images", "all"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    return tmp_path / "out"


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take two of the names for one")
def test_each_image_keeps_its_own_picture(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (run,) = find_runs(out)
    count = len(run.records)
    assert count >= len(NAMES)
    pictures = {record.key: existing_picture(run.restored_folder, record.key) for record in run.records}
    assert len({path.read_bytes() for path in pictures.values() if path is not None}) == count
    for folder in (run.restored_folder, *(out / "paired" / "images").iterdir()):
        assert len(list(folder.rglob("*.png"))) == count

    assert main(["report", str(out), "--out", str(tmp_path / "report"), "--gallery", "50"]) == 0
    copied = list((tmp_path / "report").rglob("*-target.png"))
    assert len({path.read_bytes() for path in copied}) == len(copied) == count
    assert main(["leaderboard", str(out), "--out", str(tmp_path / "site")]) == 0
    assert main(["submit", str(run.path), "--out", str(tmp_path / "archives")]) == 0
    capsys.readouterr()

    score = ["score", str(run.restored_folder), "-d", f"paired={tmp_path / 'data'}", "--name", "again", "-p", "rgb"]
    assert main([*score, "--out", str(tmp_path / "scored")]) == 0
    (again,) = find_runs(tmp_path / "scored")
    assert {r.key: r.metrics["psnr"] for r in again.records} == {r.key: r.metrics["psnr"] for r in run.records}
    assert main(["merge", str(out), "--out", str(tmp_path / "merged")]) == 0
    (merged,) = find_runs(tmp_path / "merged")
    assert len(list(merged.restored_folder.rglob("*.png"))) == count


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take both names for one")
def test_names_that_look_equal_are_told_apart_in_the_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    image = np.zeros((24, 24, 3), np.uint8)
    save_png(tmp_path / "input" / "caf\u00e9.png", image)
    save_png(tmp_path / "target" / "cafe\u0301.png", image)
    assert main(["run", "-m", "identity", "-d", f"paired={tmp_path}", "--out", str(tmp_path / "out")]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "café" in said
    assert re.search(r"cafe\\u0301", said)
