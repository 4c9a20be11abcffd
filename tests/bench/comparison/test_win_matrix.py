from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.optional import known
from helpers.paired_runs import write_paired_run
from helpers.two_sides import BASE
from restorebench.bench.comparison.comparison import compare_pairs
from restorebench.bench.comparison.selection import select_sides
from restorebench.bench.comparison.win_matrix import win_matrices


def test_win_matrix_ranks_models_and_keeps_its_signs(tmp_path: Path):
    for model, shift in (("middle", 0.5), ("worst", 0.0), ("best", 1.0)):
        moved = [value + shift + 0.01 * (index % 5) * (shift + 1) for index, value in enumerate(BASE)]
        write_paired_run(tmp_path, {"psnr": moved}, model=model)
    (matrix,) = win_matrices(compare_pairs(select_sides(tmp_path, ["middle", "worst", "best"])))
    assert matrix.models == ("best", "middle", "worst")
    assert [[duel and duel.decided for duel in row] for row in matrix.duels] == [
        [None, 1, 1],
        [-1, None, 1],
        [-1, -1, None],
    ]
    best, worst = known(matrix.duels[0][2]), known(matrix.duels[2][0])
    assert best.difference == pytest.approx(-known(worst.difference))
    assert (best.wins, worst.losses) == (30, 30)


def test_models_beyond_doubt_only(tmp_path: Path):
    generator = np.random.default_rng(1)
    for model in "abc":
        write_paired_run(tmp_path, {"psnr": list(generator.normal(30, 1, 12))}, model=model)
    (matrix,) = win_matrices(compare_pairs(select_sides(tmp_path, ["a", "b", "c"])))
    assert {duel.decided for row in matrix.duels for duel in row if duel} == {0}
