from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.board import build_board
from restorebench.reports.board.parts import fold_empty_metrics, split_by_task

PRENET = FakeRun()
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4, weights="b" * 64)
LPIPS = ("psnr", "ssim", "lpips")


def test_each_task_has_its_own_columns_and_models_best_first(tmp_path: Path):
    write_run(tmp_path, PRENET)
    write_run(tmp_path, PRN_R)
    write_run(tmp_path, replace(PRENET, dataset="gopro", images=30, found=30, psnr=20.0))
    write_run(tmp_path, replace(PRN_R, dataset="gopro", images=30, found=30, psnr=25.0))
    write_run(tmp_path, replace(PRENET, model="new", title="New", dataset="hide", images=30, found=30, psnr=22.0))
    board = build_board(find_runs(tmp_path))
    blur, rain = split_by_task(board)
    assert [(part.task, [column.dataset for column in part.board.columns]) for part in (blur, rain)] == [
        ("deblurring", ["gopro", "hide"]),
        ("deraining", ["rain100h"]),
    ]
    assert [row.title for row in rain.board.rows] == ["PReNet", "PRN_r"]
    assert [row.title for row in blur.board.rows] == ["PRN_r", "PReNet", "New"]
    for part in (blur, rain):
        assert [board.rows[index].title for index in part.rows] == [row.title for row in part.board.rows]
        for row, index in zip(part.board.rows, part.rows, strict=True):
            for place, entry in row.entries.items():
                assert entry is board.rows[index].entries[part.columns[place]]


def test_a_metric_that_no_model_has_becomes_a_line_with_its_reason(tmp_path: Path):
    write_run(tmp_path, replace(PRENET, metrics=LPIPS, lpips_reason="its weights are not here."))
    write_run(tmp_path, replace(PRN_R, metrics=LPIPS, lpips_reason="its weights are not here."))
    board, lines = fold_empty_metrics(build_board(find_runs(tmp_path)))
    assert [list(column.metrics) for column in board.columns] == [["psnr", "ssim"]]
    assert lines == ("LPIPS has no value (its weights are not here): Rain100H by rain100h@1.",)


def test_a_metric_that_one_model_has_stays(tmp_path: Path):
    write_run(tmp_path, PRENET)
    write_run(tmp_path, replace(PRN_R, metrics=("ssim",)))
    board, lines = fold_empty_metrics(build_board(find_runs(tmp_path)))
    assert [list(column.metrics) for column in board.columns] == [["psnr", "ssim"]]
    assert lines == ()


def test_a_column_without_any_value_keeps_its_metrics(tmp_path: Path):
    write_run(tmp_path, replace(PRENET, images=5, failed=5, found=5))
    board, lines = fold_empty_metrics(build_board(find_runs(tmp_path)))
    assert [list(column.metrics) for column in board.columns] == [["psnr", "ssim"]]
    assert lines == ()
