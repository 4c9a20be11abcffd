from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.metrics.registry import known_facts
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.board import build_board
from restorebench.reports.page.perception import can_trade, is_perceptual


@pytest.mark.parametrize("name", ["lpips", "lpips-vgg", "dists", "niqe"])
def test_networks_and_metrics_without_a_target_are_perceptual(name: str):
    assert is_perceptual(known_facts(name))


@pytest.mark.parametrize("name", ["psnr", "ssim", "mae", "ms-ssim", "unheard-of"])
def test_pixel_errors_and_unknown_metrics_are_not(name: str):
    assert not is_perceptual(known_facts(name))


def test_a_metric_of_a_file_of_its_own_is_not():
    assert not is_perceptual(replace(known_facts("lpips"), code_sha256="a" * 64))


def test_a_plot_needs_metrics_of_both_kinds(tmp_path: Path):
    write_run(tmp_path / "plain", FakeRun())
    write_run(tmp_path / "both", FakeRun(metrics=("psnr", "lpips")))
    assert not can_trade(build_board(find_runs(tmp_path / "plain")))
    assert can_trade(build_board(find_runs(tmp_path / "both")))
