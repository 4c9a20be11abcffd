from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import draw_figure

BASE = FakeRun(psnr=29.0)


def bodies(text: str) -> int:
    return text.count('id="FillBetweenPolyCollection_') or text.count('id="PolyCollection_')


def test_a_density_needs_twenty_images(tmp_path: Path) -> None:
    write_run(tmp_path / "few", replace(BASE, images=19))
    write_run(tmp_path / "many", replace(BASE, images=20))
    few = draw_figure(find_runs(tmp_path / "few"), "violin", tmp_path / "few.svg")
    many = draw_figure(find_runs(tmp_path / "many"), "violin", tmp_path / "many.svg")
    assert (bodies(few.path.read_text(encoding="utf-8")), bodies(many.path.read_text(encoding="utf-8"))) == (0, 1)
    assert "need 20 images" in few.caption
    assert "need 20 images" not in many.caption


def test_infinite_values_are_counted_in_the_caption(tmp_path: Path) -> None:
    values = [30.0 + index for index in range(20)]
    write_run(tmp_path, replace(BASE, psnr=[*values, math.inf, math.inf], images=22))
    caption = draw_figure(find_runs(tmp_path), "violin", tmp_path / "figure.svg").caption
    assert "infinite values, of images identical to their targets: PReNet 2." in caption
    assert "means of finite values" in caption


def test_the_data_set_is_not_in_the_axis_label(tmp_path: Path) -> None:
    write_run(tmp_path, BASE)
    figure = draw_figure(find_runs(tmp_path), "violin", tmp_path / "figure.svg")
    assert ">PSNR (dB) ↑<" in figure.path.read_text(encoding="utf-8")
    assert figure.caption.startswith("Rain100H, rain100h@1, 100 images.")
