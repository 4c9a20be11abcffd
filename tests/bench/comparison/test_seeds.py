from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.paired_runs import write_paired_run
from helpers.two_sides import BASE
from restorebench.bench.comparison.comparison import compare_pairs
from restorebench.bench.comparison.selection import select_sides
from restorebench.bench.errors import IncomparableError


def test_seeds_of_one_model_are_averaged_and_their_spread_told_apart(tmp_path: Path):
    generator = np.random.default_rng(2)
    images = generator.normal(30, 2, 40)
    for seed in range(4):
        noisy = images + generator.normal(0, 0.5, 40) + 0.1 * seed
        values = {"psnr": noisy.tolist()}
        write_paired_run(tmp_path / f"seed{seed}", values, model="irsde", settings={"seed": seed})
        write_paired_run(tmp_path / f"seed{seed}", {"psnr": images.tolist()}, model=f"plain{seed}")
    (comparison,) = compare_pairs(select_sides(tmp_path, ["plain0", "irsde"]))
    found = comparison.metrics["psnr"]
    plain, spread = found.seeds
    assert plain is None
    assert spread is not None
    assert spread.seeds == 4
    assert spread.of_the_mean == pytest.approx(np.std([0, 0.1, 0.2, 0.3], ddof=1), abs=0.1)
    assert spread.within_images == pytest.approx(0.5, abs=0.1)
    assert spread.over_images == pytest.approx(2.0, abs=0.6)
    assert found.difference == pytest.approx(0.15, abs=0.15)


def test_runs_that_differ_in_more_than_their_seed_are_not_averaged(tmp_path: Path):
    write_paired_run(tmp_path / "x", {"psnr": BASE}, settings={"seed": 0})
    write_paired_run(tmp_path / "y", {"psnr": BASE}, settings={"seed": 1, "tile": 256})
    write_paired_run(tmp_path / "x", {"psnr": BASE}, model="other")
    with pytest.raises(IncomparableError, match=r"in their seed alone \(seed: 0 -> 1; tile: None -> 256\)"):
        select_sides(tmp_path, ["mine", "other"])
