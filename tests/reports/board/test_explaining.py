from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import Run, find_runs, load_run
from restorebench.reports.board.board import Entry, build_board
from restorebench.reports.board.explaining import explain_entry, published_claims
from restorebench.reports.page.page import write_report

DATA = Path(__file__).parents[3] / "docs/data/explained/rain100h/prenet"
PRENET = FakeRun(psnr=29.4599, ssim=0.8989, trained_on="Rain100H", official_quantiser="truncate", quantiser="truncate")


def entry(run: Run) -> Entry:
    (row,) = build_board([run]).rows
    return row.entries[0]


def run_of(out: Path, fake: FakeRun) -> Run:
    write_run(out, fake)
    (run,) = find_runs(out)
    return run


@pytest.fixture
def measured(tmp_path: Path) -> Run:
    """PReNet's own images, measured in every way, whose records claim to be those of rgb@1."""
    folder = tmp_path / "rain100h" / "prenet"
    shutil.copytree(DATA, folder)
    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    info["plan"]["protocol"] = info["protocol"]["id"] = "rgb@1"
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    scores = folder / "scores.jsonl"
    scores.write_text(scores.read_text(encoding="utf-8").replace('"rain100h@1"', '"rgb@1"'), encoding="utf-8")
    return load_run(folder)


def test_numbers_that_agree_are_not_explained(tmp_path: Path):
    run = run_of(tmp_path, PRENET)
    assert published_claims(run) == []
    assert explain_entry(entry(run)) == {}


def test_a_difference_by_the_same_protocol_is_explained_with_the_numbers_of_its_source(tmp_path: Path):
    run = run_of(tmp_path, replace(PRENET, psnr=29.10))
    (claims,) = published_claims(run)
    assert [str(claim) for claim in claims] == ["PSNR 29.46 dB", "SSIM 0.899"]
    texts = explain_entry(entry(run))
    assert set(texts) == {"psnr"}
    assert texts["psnr"].startswith("None of ")
    assert "Only the records were searched: run with --save-images all" in texts["psnr"]


@pytest.mark.parametrize("change", [{"trained_on": "Rain13K"}, {"images": 2, "found": 2}], ids=["weights", "partial"])
def test_what_differs_for_a_known_reason_is_left_alone(change: dict[str, object], tmp_path: Path):
    assert published_claims(run_of(tmp_path, replace(PRENET, psnr=29.10, **change))) == []


def test_another_protocol_is_explained_from_what_the_run_keeps_and_stands_in_the_report(measured: Run, tmp_path: Path):
    assert [[str(claim) for claim in claims] for claims in published_claims(measured)] == [
        ["PSNR 29.46 dB", "SSIM 0.899"]
    ]
    texts = explain_entry(entry(measured))
    assert set(texts) == {"psnr", "ssim"}
    assert texts["psnr"].startswith("PSNR 29.46 dB and SSIM 0.899 are reproduced by rain100h@1")
    page = write_report([measured], tmp_path / "report", gallery=0)
    assert "PSNR 29.46 dB and SSIM 0.899 are reproduced by rain100h@1" in page.read_text(encoding="utf-8")
