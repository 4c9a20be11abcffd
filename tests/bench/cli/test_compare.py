from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from restorebench.bench.cli import main

BASE = [30.0 + 0.1 * index for index in range(30)]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    groups = [f"sequence {index // 3}" for index in range(30)]
    for model, shift in (("old", 0.0), ("new", 0.3), ("newest", 0.5)):
        psnr = [value + shift + 0.01 * (index % 7) * shift for index, value in enumerate(BASE)]
        ssim = [0.9 + shift / 100 - 0.001 * (index % 5) for index in range(30)]
        write_paired_run(tmp_path, {"psnr": psnr, "ssim": ssim}, model=model, groups=groups)
    return tmp_path


def test_two_models_are_one_table_and_what_it_would_take(runs: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", str(runs), "old", "new"]) == 0
    shown = capsys.readouterr().out
    assert "new minus old, gopro by gopro@1" in shown
    assert "30 in 10 groups" in shown
    assert "+0.309" in shown
    assert "30/0/0" in shown
    assert "PSNR: 30 images (effective n 10) detect a difference of" in shown
    assert ">" not in shown


def test_three_models_add_a_win_matrix(runs: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", str(runs), "old", "new", "newest", "--metric", "psnr"]) == 0
    shown = capsys.readouterr().out
    assert "PSNR, gopro by gopro@1: row minus column" in shown
    assert "> +0.514" in shown
    assert "< -0.514" in shown
    assert "SSIM" not in shown


def test_json_has_every_number(runs: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", str(runs), "old", "new", "--json"]) == 0
    (comparison,) = json.loads(capsys.readouterr().out)
    psnr = comparison["metrics"]["psnr"]
    assert (psnr["n"], psnr["groups"], psnr["finding"]) == (30, 10, "better")
    assert psnr["low"] < psnr["difference"] < psnr["high"]
    assert "estimate" not in psnr


def test_what_would_be_worth_seeing_is_a_choice(runs: Path, capsys: pytest.CaptureFixture[str]):
    main(["compare", str(runs), "old", "new", "--worth", "psnr=0.001"])
    assert "0.001 dB would require" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["old"], "There is nothing to compare old with"),
        (["old", "newe"], "did you mean new"),
        (["old", "new", "--worth", "psnr"], "'psnr' is not METRIC=AMOUNT"),
        (["old", "new", "--metric", "mse"], "Unknown metric 'mse'"),
    ],
)
def test_mistakes_are_one_sentence(runs: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", str(runs), *arguments]) == 2
    assert said in capsys.readouterr().err
