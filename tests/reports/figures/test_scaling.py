from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import draw_figure

BASE = FakeRun(psnr=29.0)


def write_times(
    out: Path, model: str, times: dict[int, float], *, doubts: tuple[str, ...] = (), **variant: object
) -> None:
    cells = [
        {
            "variant": {"height": side, "width": side, "batch": 1, "precision": "fp32", **variant},
            "device": "cpu",
            "time": {"median": seconds, "p5": 0.9 * seconds, "p95": 1.2 * seconds, "doubts": doubts},
        }
        for side, seconds in times.items()
    ]
    (out / "cost").mkdir(exist_ok=True)
    path = out / "cost" / f"{model}.json"
    before = json.loads(path.read_text())["cells"] if path.is_file() else []
    path.write_text(json.dumps({"params": 1, "cells": [*before, *cells]}))


def test_unstable_points_are_hollow_and_have_no_exponent(tmp_path: Path) -> None:
    for place, title in enumerate(("Steady", "Shaky", "Once", "Never")):
        write_run(tmp_path, replace(BASE, model=title.lower(), title=title, weights=f"{place:064d}"))
    write_times(tmp_path, "steady", {128: 0.1, 256: 0.8})
    write_times(tmp_path, "shaky", {128: 0.1, 256: 0.4}, doubts=("the warm-up did not settle",))
    write_times(tmp_path, "once", {128: 0.1})
    figure = draw_figure(find_runs(tmp_path), "scaling", tmp_path / "figure.svg")
    text = figure.path.read_text(encoding="utf-8")
    assert ">Steady: pixels^1.50<" in text
    assert ">Shaky<" in text
    assert "Hollow: unstable measurements." in figure.caption
    assert "5th to 95th percentile" in figure.caption
    assert "Never (not timed)" in figure.caption
    assert "Once (timed at one size)" in figure.caption
    assert text.count("fill: #ffffff") > draw_white(tmp_path)


def draw_white(folder: Path) -> int:
    """White shapes of the figure without doubts."""
    write_times(folder, "shaky", {})
    path = folder / "cost" / "shaky.json"
    path.write_text(path.read_text().replace('["the warm-up did not settle"]', "[]"))
    text = draw_figure(find_runs(folder), "scaling", folder / "figure.svg").path.read_text(encoding="utf-8")
    return text.count("fill: #ffffff")


def test_settings_are_lines_of_their_own(tmp_path: Path) -> None:
    write_run(tmp_path, BASE)
    write_times(tmp_path, "prenet", {128: 0.1, 256: 0.4})
    write_times(tmp_path, "prenet", {128: 0.1, 256: 0.2}, channels_last=True)
    text = draw_figure(find_runs(tmp_path), "scaling", tmp_path / "figure.svg").path.read_text(encoding="utf-8")
    assert ">PReNet, batch 1, fp32, cpu: pixels^1.00<" in text
    assert ">PReNet, batch 1, fp32, channels last, cpu: pixels^0.50<" in text


def test_many_sizes_share_plain_ticks(tmp_path: Path) -> None:
    write_run(tmp_path, BASE)
    write_times(tmp_path, "prenet", {side: side / 1e3 for side in (64, 128, 192, 256, 320, 384, 512)})
    text = draw_figure(find_runs(tmp_path), "scaling", tmp_path / "figure.svg").path.read_text(encoding="utf-8")
    assert ">Megapixels<" in text
    assert ">0.05<" in text
