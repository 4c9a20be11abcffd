"""Intervals of every output stay within what a metric can be: an SSIM above 1 or an LPIPS below 0 does not exist."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from restorebench.bench.cli import main

NEARLY_PERFECT = {"psnr": [40.0, 45.0, 50.0], "ssim": [0.999, 0.97, 1.0], "lpips": [0.0001, 0.05, 0.0]}
FAR = {"psnr": [10.0, 12.0, 11.0], "ssim": [-0.99, -0.9, 0.9], "lpips": [0.9, 0.8, 0.7]}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return write_paired_run(tmp_path / "out", NEARLY_PERFECT).parents[1]


def from_table(out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[float, float]]:
    main(["table", str(out), "--format", "json"])
    return {item["metric"]: (item["low"], item["high"]) for item in json.loads(capsys.readouterr().out)}


def from_report(out: Path, _: object) -> dict[str, tuple[float, float]]:
    main(["report", str(out), "--out", str(out.parent / "report")])
    return _on_page(out.parent / "report" / "index.html")


def from_leaderboard(out: Path, _: object) -> dict[str, tuple[float, float]]:
    main(["leaderboard", str(out), "--out", str(out.parent / "site")])
    return _on_page(out.parent / "site" / "datasets" / "gopro-gopro@1.html")


def _on_page(page: Path) -> dict[str, tuple[float, float]]:
    scripts = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    data = json.loads(scripts[0])
    metrics = data["rows"][0]["entries"]["0"]["metrics"]
    return {name: (value["low"], value["high"]) for name, value in metrics.items()}


@pytest.mark.parametrize("read", [from_table, from_report, from_leaderboard])
def test_the_interval_of_a_mean(
    out: Path,
    read: Callable[[Path, pytest.CaptureFixture[str]], dict[str, tuple[float, float]]],
    capsys: pytest.CaptureFixture[str],
):
    found = read(out, capsys)
    assert found["ssim"][1] == 1.0
    assert found["lpips"][0] == 0.0
    assert found["psnr"][1] > 50


def test_a_stored_summary_with_an_impossible_interval_is_not_believed(out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["merge", str(out), "--out", str(out.parent / "merged")]) == 0
    capsys.readouterr()
    path = next((out.parent / "merged").rglob("run.json"))
    info = json.loads(path.read_text(encoding="utf-8"))
    info["summary"]["metrics"]["ssim"]["high"] = 1.02
    path.write_text(json.dumps(info), encoding="utf-8")
    assert from_table(out.parent / "merged", capsys)["ssim"][1] == 1.0


def test_the_interval_of_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sides = [str(write_paired_run(tmp_path / name, values)) for name, values in (("a", NEARLY_PERFECT), ("b", FAR))]
    main(["compare", str(tmp_path), *sides, "--json"])
    ssim = json.loads(capsys.readouterr().out)[0]["metrics"]["ssim"]
    assert ssim["low"] == -2.0
    main(["check", sides[1], "--baseline", sides[0], "--json"])
    gate = next(gate for gate in json.loads(capsys.readouterr().out)["gates"] if gate["subject"] == "ssim")
    assert gate["high"] == 2.0
