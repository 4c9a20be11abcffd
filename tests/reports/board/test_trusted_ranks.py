from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.bench.runs.trust import Trust
from restorebench.reports.board.board import Board, build_board
from restorebench.reports.board.trusted_ranks import trusted_ranks
from restorebench.reports.rescoring import trusting

LEVELS: dict[str, Trust] = {"boast": "claimed", "good": "re-scored", "fair": "re-run", "poor": "re-scored"}


def board(tmp_path: Path) -> Board:
    """Models from the best to the worst, as in LEVELS."""
    for place, name in enumerate(LEVELS):
        fake = FakeRun(model=name, title=name, psnr=34.0 - place, metrics=("psnr",), weights=str(place) * 64)
        write_run(tmp_path, replace(fake, family="none"))
    return build_board([trusting(run, {}, LEVELS[run.model]) for run in find_runs(tmp_path)])


def named(board: Board, trust: Trust) -> dict[str, int]:
    return {board.rows[row].model: rank for (row, _, _), rank in trusted_ranks(board, trust).items()}


def test_a_claim_does_not_stand_above_what_is_trusted(tmp_path: Path):
    made = board(tmp_path)
    assert named(made, "claimed") == {"boast": 1, "good": 2}
    assert named(made, "re-scored") == {"good": 1, "fair": 2}
    assert named(made, "re-run") == {}  # one model alone is not the best


def test_all_values_rank_as_the_board_ranks_them(tmp_path: Path):
    made = board(tmp_path)
    ranks = {row.model: row.entries[0].values["psnr"].rank for row in made.rows}
    assert {model: rank for model, rank in ranks.items() if rank} == named(made, "claimed")


def test_a_board_of_what_is_trusted_ranks_alike(tmp_path: Path):
    made = board(tmp_path)
    runs = [row.entries[0].run for row in made.rows]
    alone = build_board(runs, trust="re-scored")
    assert {row.model: row.entries[0].values["psnr"].rank for row in alone.rows} == {"good": 1, "fair": 2, "poor": 0}


def test_a_lone_trusted_value_is_not_the_best(tmp_path: Path):
    for name in ("one", "two"):
        write_run(tmp_path, replace(FakeRun(model=name, title=name), weights=name[0] * 64))
    one, two = find_runs(tmp_path)
    runs = [trusting(one, {}, "re-run"), trusting(two, {two.protocol: {"psnr": "re-run"}})]
    rows = build_board(runs, trust="re-run").rows
    ranks = {row.model: {name: value.rank for name, value in row.entries[0].values.items()} for row in rows}
    assert sorted(each["psnr"] for each in ranks.values()) == [1, 2]
    assert ranks["one"]["ssim"] == 0
