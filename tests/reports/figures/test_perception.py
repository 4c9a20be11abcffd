from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import FigureOptions, draw_figure

BASE = FakeRun(psnr=29.0)


def test_psnr_lies_to_the_right_and_the_perceptual_metric_upwards(tmp_path: Path) -> None:
    for place in range(3):
        write_run(
            tmp_path, replace(BASE, model=f"m{place}", title=f"Net{place}", psnr=20.0 + place, weights=f"{place:064d}")
        )
    options = FigureOptions(metric="ssim")
    figure = draw_figure(find_runs(tmp_path), "perception", tmp_path / "figure.svg", options)
    text = figure.path.read_text(encoding="utf-8")
    assert ">PSNR (dB) ↑<" in text
    assert ">SSIM ↑<" in text
    assert ">Net2<" in text


def test_without_a_perceptual_metric_the_remedy_is_named(tmp_path: Path) -> None:
    missing = replace(BASE, metrics=("psnr", "ssim", "lpips"))
    write_run(tmp_path, missing)
    with pytest.raises(UsageError, match=r"No model has a mean of a perceptual metric.*--metric niqe"):
        draw_figure(find_runs(tmp_path), "perception", tmp_path / "figure.svg")
    with pytest.raises(UsageError, match=r"No model has both PSNR and LPIPS.*PReNet \(no LPIPS\)"):
        draw_figure(find_runs(tmp_path), "perception", tmp_path / "figure.svg", FigureOptions(metric="lpips"))
    with pytest.raises(UsageError, match="No run has the metric 'lpipps': did you mean lpips"):
        draw_figure(find_runs(tmp_path), "perception", tmp_path / "figure.svg", FigureOptions(metric="lpipps"))
