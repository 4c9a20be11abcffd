from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.memory_dataset import make_dataset, photograph
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.evaluation.model_cell import protocols_for
from restorebench.bench.files.images import save_png
from restorebench.bench.metrics.niqe import niqe
from restorebench.bench.metrics.registry import open_metric
from restorebench.bench.runs.pictures import first_value
from restorebench.bench.runs.records import ProtocolScores, ScoreRecord
from restorebench.bench.runs.run import load_run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for index, size in enumerate([(200, 300), (192, 96), (100, 120)]):
        save_png(tmp_path / "photos" / "day" / f"{index}.png", photograph(index, *size))
    return tmp_path / "photos"


def test_a_folder_is_measured_without_a_data_set(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    assert main(["score", str(photos), "--no-target", "--metric", "niqe", "--out", str(out)]) == 0
    assert "NIQE" in capsys.readouterr().out
    run = load_run(out / "unpaired" / "photos")
    records = {record.key: record for record in run.records}
    expected = niqe(photograph(0, 200, 300))
    assert records["day/0"].metrics == {"niqe": pytest.approx(expected.value)}
    assert records["day/0"].first.details == {"niqe": {"blocks": 6, "cropped_to": "192x288"}}
    assert records["day/1"].first.details["niqe"]["blocks"] == 2
    assert records["day/2"].metrics == {"niqe": None}
    assert "at least 2 blocks" in records["day/2"].first.nulls["niqe"]
    assert not (out / "unpaired" / "images" / "target").exists()


def test_a_model_runs_on_images_without_targets(photos: Path, tmp_path: Path):
    out = tmp_path / "out"
    command = ["run", "-m", "identity", "-d", f"unpaired={photos}", "--metric", "niqe", "--out", str(out)]
    assert main(command) == 0
    raw = json.loads((out / "unpaired" / "identity" / "run.json").read_text())
    assert raw["dataset"]["has_targets"] is False
    assert raw["protocol"]["id"] == "no-target@1"
    assert raw["protocol"]["metrics"] == ["niqe"]
    assert main(["table", str(out)]) == 0
    assert main(["report", str(out), "--out", str(tmp_path / "report")]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--no-target"], "no-target@1 measures nothing by itself: add a metric, such as --metric niqe"),
        (["--no-target", "--metric", "mae"], "unpaired has no targets, which MAE needs"),
        (["--no-target", "-p", "rgb@1"], "unpaired has no targets, which PSNR needs"),
        (["--no-target", "-d", "paired=x"], "Give either the data set of the images with -d NAME=ROOT, or --no-target"),
        ([], "Give either the data set"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
):
    assert main(["score", str(photos), *words, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_a_no_reference_metric_joins_any_protocol():
    (protocol,) = protocols_for(["rgb@1"], make_dataset(1), (open_metric("niqe"),))
    assert protocol.metrics == ("psnr", "ssim", "lpips", "niqe")
    assert protocol.needs_target
    assert not replace(protocol, psnr=None, ssim=None, lpips=None).needs_target


def test_pictures_are_ranked_by_the_direction_of_the_first_metric():
    def record(name: str) -> ScoreRecord:
        return ScoreRecord("a", {"p@1": ProtocolScores({name: 3.5})})

    assert first_value(record("psnr")) == 3.5
    assert first_value(record("niqe")) == -3.5
    assert first_value(record("ssim")) == 3.5


def test_its_protocol_is_refused_where_there_are_targets_but_no_metric():
    with pytest.raises(UsageError, match="measures nothing by itself"):
        protocols_for(["no-target"], make_dataset(1))
