from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png
from restorebench.bench.runs.pictures import existing_picture
from restorebench.bench.runs.run import find_runs

MODEL = """
from torch import nn

class Darker(nn.Module):
    def forward(self, x):
        return (x - 0.02).clamp(0, 1)
"""


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    root = tmp_path / "pairs"
    for index in range(5):
        target = photograph(index)
        save_png(root / "target" / f"{index}.png", target)
        save_png(root / "input" / f"{index}.png", np.clip(target.astype(int) + 5 + index, 0, 255).astype(np.uint8))
    return root


@pytest.fixture
def out(pairs: Path, tmp_path: Path) -> Path:
    """Runs of a registered model and of a file, without a picture."""
    (tmp_path / "mine.py").write_text(MODEL)
    out = tmp_path / "out"
    models = ["-m", "median", "-m", f"{tmp_path / 'mine.py'}:Darker"]
    words = ["run", *models, "-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(out), "--save-images", "none"]
    assert main([*words, "--quiet"]) == 0
    return out


def kept(out: Path) -> dict[str, int]:
    return {
        run.model.rpartition(":")[2]: sum(
            existing_picture(run.restored_folder, record.key) is not None for record in run.records
        )
        for run in find_runs(out)
    }


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.split())


def test_missing_pictures_are_named_and_nothing_is_restored_unasked(out: Path):
    assert main(["report", str(out)]) == 0
    assert kept(out) == {"median": 0, "Darker": 0}
    assert "These runs kept no pictures" in (out / "report" / "index.html").read_text(encoding="utf-8")


def test_missing_pictures_are_restored_by_what_the_runs_say(out: Path, tmp_path: Path):
    before = {path: path.read_bytes() for path in out.rglob("*.json*")}
    words = ["report", str(out), "--complete", "--run-code", f"{tmp_path / 'mine.py'}:Darker"]
    assert main(words) == 0
    assert kept(out) == {"median": 5, "Darker": 5}
    assert {path: path.read_bytes() for path in out.rglob("*.json*")} == before  # records and run.json
    html = (out / "report" / "index.html").read_text(encoding="utf-8")
    assert "--complete" not in html
    assert len(re.findall(r'<img src="files/0/\d+-target.png"', html)) >= 5


def test_the_code_that_a_run_names_is_not_run_unless_the_user_names_it_too(
    out: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["report", str(out), "--complete"]) == 0
    assert kept(out) == {"median": 5, "Darker": 0}
    assert "names code of its own" in said(capsys)
    assert '<span class="absent">' in (out / "report" / "index.html").read_text(encoding="utf-8")


def test_a_data_set_that_has_moved_can_be_pointed_to(
    out: Path, pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    moved = Path(shutil.move(pairs, tmp_path / "elsewhere"))
    assert main(["report", str(out), "--complete"]) == 0
    assert f"The data set paired is no longer in {pairs}: say where with -d 'paired=ROOT'" in said(capsys)
    assert kept(out)["median"] == 0
    assert main(["report", str(out), "--complete", "-d", f"paired={moved}"]) == 0
    assert kept(out)["median"] == 5


def test_an_exchanged_image_keeps_no_picture(out: Path, pairs: Path, capsys: pytest.CaptureFixture[str]):
    given = pairs / "input" / "3.png"
    size = given.stat().st_size
    save_png(given, photograph(30))
    assert main(["report", str(out), "--complete"]) == 0
    other = "another copy of paired" if given.stat().st_size != size else "the pixels of the pair have changed"
    assert other in said(capsys)
    assert kept(out)["median"] < 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--run-code", "./mine.py:Darker"], "--run-code belongs to --complete"),
        (["-d", "paired=."], "--dataset belongs to --complete"),
        (["--port", "0"], "--port belongs to --watch"),
        (["--max-megabytes", "0"], "--max-megabytes belongs to --single-file"),
        (["--gallery", "-1"], "--gallery is -1, but must be 0"),
        (["--watch", "--single-file"], "leave out --single-file"),
        (["--watch", "--complete"], "leave out --complete"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    out: Path, capsys: pytest.CaptureFixture[str], *, words: list[str], message: str
):
    assert main(["report", str(out), *words]) == 2
    assert message in said(capsys)
    assert not (out / "report").exists()


def test_a_scored_folder_has_no_model_to_restore_with(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["score", str(pairs / "input"), "-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(tmp_path / "scored")]
    assert main([*words, "--save-images", "none"]) == 0
    assert main(["report", str(tmp_path / "scored"), "--complete"]) == 0
    assert "Its images were restored elsewhere: the same `score` command again keeps these pictures" in said(capsys)
