from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import write_run
from helpers.table_runs import PRENET, shown
from restorebench.bench.runs.run import find_runs
from restorebench.reports.tables.table import draw_table


def test_notes_stand_under_the_table_and_what_all_share_in_its_head(tmp_path: Path):
    warned = replace(PRENET, warnings=("another copy",))
    write_run(tmp_path, warned)
    write_run(tmp_path, replace(warned, model="prn-r", title="PRN_r", weights="b" * 64, failed=2))
    text = draw_table(find_runs(tmp_path), "markdown")
    assert isinstance(text, str)
    assert "Rain100H† `rain100h@1`" in text
    assert "† another copy<br>" in text
    assert "‡ 2 of 100 images failed and are excluded from the mean" in text
    assert [line.count("‡") for line in text.splitlines() if "| PRN" in line] == [2]


def test_physics_rows_show_what_they_add_to_their_base(two: Path, capsys: pytest.CaptureFixture[str]):
    pde = replace(
        PRENET,
        model="prenet+pde[steps=4]",
        title="PReNet+PDE",
        base="prenet",
        psnr=29.6599,
        ssim=0.8979,
        weights="e" * 64,
    )
    write_run(two, pde)
    lines = shown(capsys, str(two), "--format", "markdown").splitlines()
    assert r"| PReNet+PDE \[steps=4\] | **29.66** +0.200 | <u>0.898</u> -0.0010 |" in lines


def test_a_name_that_ends_in_pde_extends_nothing_unless_its_card_says_so(two: Path, capsys: pytest.CaptureFixture[str]):
    write_run(two, replace(PRENET, model="prenet+pde", title="PReNet+PDE", psnr=29.6599, ssim=0.8979, weights="e" * 64))
    assert "| PReNet+PDE | **29.66** | <u>0.898</u> |" in shown(capsys, str(two), "--format", "markdown").splitlines()


def test_a_run_of_version_0_1_0_is_paired_with_its_base_by_name(two: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_run(two, replace(PRENET, model="prenet+pde", title="PReNet+PDE", psnr=29.6599, weights="e" * 64))
    info = json.loads((folder / "run.json").read_text())
    del info["model"]["base"]
    info["schema_version"] = 1
    (folder / "run.json").write_text(json.dumps(info))
    assert "| PReNet+PDE | **29.66** +0.200 |" in shown(capsys, str(two), "--format", "markdown")
