from __future__ import annotations

from pathlib import Path

from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.board import Board, build_board
from restorebench.reports.page.costs import board_costs, cost_table
from restorebench.reports.tables.costs import ModelCost

COSTS = {
    "prenet": ModelCost(
        params=168_963,
        macs={"conv, 64x64": 1.5e9, "all, 64x64": 2.5e9},
        latency={"64x64, fp32, cpu": 0.25},
        memory={"CPU growth": 2**21},
    )
}


def board_of(folder: Path) -> Board:
    write_run(folder, FakeRun())
    write_run(folder, FakeRun(model="prn-r", title="PRN_r", psnr=27.0, weights="b" * 64))
    return build_board(find_runs(folder))


def test_the_leaderboard_has_parameters_and_counts_complete_ones_first(tmp_path: Path):
    found = board_costs(board_of(tmp_path), COSTS)
    assert found.counts == ("GMACs (all, 64x64)", "GMACs (conv, 64x64)")
    assert found.heads == ("Params (M)", *found.counts)
    assert found.rows == (("0.17", "2.50", "1.50"), ("", "", ""))


def test_the_table_has_everything_measured_of_models_that_were_measured(tmp_path: Path):
    heads, rows = cost_table(board_of(tmp_path), COSTS)
    assert rows[0][0] == "PReNet"
    assert dict(zip(heads, rows[0][1], strict=True)) == {
        "Params (M)": "0.17",
        "GMACs (conv, 64x64)": "1.50",
        "GMACs (all, 64x64)": "2.50",
        "ms (64x64, fp32, cpu)": "250.0",
        "MiB (CPU growth)": "2",
    }
    assert len(rows) == 1


def test_nothing_measured_gives_no_columns(tmp_path: Path):
    board = board_of(tmp_path)
    assert board_costs(board, {}).heads == ()
    assert cost_table(board, {"prenet": ModelCost()}) == ((), [])
