from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.optional import known
from helpers.paired_runs import write_paired_run
from helpers.two_sides import BASE, MOVED, two
from restorebench.bench.comparison.comparison import compare
from scipy import stats


def test_differences_are_second_minus_first(tmp_path: Path):
    found = compare(*two(tmp_path, BASE, MOVED)).metrics["psnr"]
    differences = np.subtract(MOVED, BASE)
    assert found.difference == pytest.approx(differences.mean())
    assert found.median == pytest.approx(np.median(differences))
    assert (found.first, found.second) == (pytest.approx(np.mean(BASE)), pytest.approx(np.mean(MOVED)))
    assert found.effect == pytest.approx(differences.mean() / differences.std(ddof=1))
    expected: Any = stats.wilcoxon(differences)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.wins, found.ties, found.losses) == (30, 0, 0)
    assert known(found.low) < known(found.difference) < known(found.high)
    assert found.finding == "better"


def test_swapping_the_sides_mirrors_everything(tmp_path: Path):
    old, new = two(tmp_path, BASE, MOVED)
    forth, back = compare(old, new).metrics["psnr"], compare(new, old).metrics["psnr"]
    assert back.difference == -known(forth.difference)
    mirrored = (-known(forth.high), -known(forth.low))
    assert (back.low, back.high) == (pytest.approx(mirrored[0], rel=1e-6), pytest.approx(mirrored[1], rel=1e-6))
    assert (back.wins, back.losses, back.p, back.finding) == (0, 30, forth.p, "worse")


def test_lower_lpips_is_better(tmp_path: Path):
    lower = [0.2 - 0.001 * (index % 3 + 1) for index in range(30)]
    found = compare(*two(tmp_path, [0.2] * 30, lower, "lpips")).metrics["lpips"]
    assert known(found.difference) < 0
    assert (found.wins, found.finding) == (30, "better")


def test_identical_runs_show_no_difference(tmp_path: Path):
    found = compare(*two(tmp_path, BASE, BASE)).metrics["psnr"]
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert (found.ties, found.effect, found.movers, found.finding) == (30, None, (), "no difference seen")


def test_rounding_of_another_library_version_is_no_difference(tmp_path: Path):
    found = compare(*two(tmp_path, BASE, [value * (1 + 1e-8) for value in BASE])).metrics["psnr"]
    assert (found.ties, found.difference) == (30, 0)


def test_images_that_moved_most_come_first(tmp_path: Path):
    moved = [*BASE]
    moved[4] -= 3
    moved[9] += 1
    movers = compare(*two(tmp_path, BASE, moved)).metrics["psnr"].movers
    assert [(mover.key, round(mover.difference, 6)) for mover in movers] == [("0004", -3.0), ("0009", 1.0)]


def test_groups_are_resampled_together(tmp_path: Path):
    groups = [f"sequence {index // 6}" for index in range(30)]
    noise = [value + 0.3 * (index // 6 - 1.9) for index, value in enumerate(BASE)]
    write_paired_run(tmp_path / "grouped", {"psnr": BASE}, model="old", groups=groups)
    write_paired_run(tmp_path / "grouped", {"psnr": noise}, model="new", groups=groups)
    grouped = compare(tmp_path / "grouped/gopro/old", tmp_path / "grouped/gopro/new").metrics["psnr"]
    alone = compare(*two(tmp_path, BASE, noise)).metrics["psnr"]
    assert (grouped.n, grouped.groups, grouped.effective_n, alone.groups) == (30, 5, 5.0, 30)
    assert known(grouped.high) - known(grouped.low) > 3 * (known(alone.high) - known(alone.low))
    expected: Any = stats.wilcoxon([-1.9, -0.9, 0.1, 1.1, 2.1])
    assert grouped.p == pytest.approx(expected.pvalue)


def test_one_image_has_a_difference_and_no_interval(tmp_path: Path):
    found = compare(*two(tmp_path, [30.0], [31.0])).metrics["psnr"]
    assert (found.difference, found.low, found.detectable, found.needed) == (1.0, None, None, None)
    assert found.finding == "no difference seen"


def test_infinite_values_count_as_wins_and_stay_out_of_means(tmp_path: Path):
    first = [math.inf, math.inf, 30.0, 30.0, 31.0]
    second = [math.inf, 40.0, math.inf, 30.5, 31.25]
    found = compare(*two(tmp_path, first, second)).metrics["psnr"]
    assert (found.n, found.wins, found.ties, found.losses) == (5, 3, 1, 1)
    assert (found.was_infinite, found.became_infinite) == (1, 1)
    assert found.difference == pytest.approx(0.25)
    assert found.needed is None


def test_a_median_between_infinities_is_none(tmp_path: Path):
    found = compare(*two(tmp_path, [math.inf, 30.0], [30.0, math.inf])).metrics["psnr"]
    assert found.median is None
    assert found.difference is None
