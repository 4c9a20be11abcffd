from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.optional import known
from helpers.paired_runs import write_paired_run
from restorebench.bench.comparison.comparison import compare, compare_pairs
from restorebench.bench.comparison.selection import select_sides
from restorebench.bench.comparison.win_matrix import win_matrices
from restorebench.bench.errors import IncomparableError, RunFolderError, UnknownNameError, UsageError
from scipy import stats

BASE = [30.0 + 0.1 * index for index in range(30)]
MOVED = [value + 0.2 + 0.01 * (index % 7) for index, value in enumerate(BASE)]


def two(
    tmp_path: Path, first: Sequence[float | None], second: Sequence[float | None], metric: str = "psnr"
) -> tuple[Path, Path]:
    return (
        write_paired_run(tmp_path, {metric: first}, model="old"),
        write_paired_run(tmp_path, {metric: second}, model="new"),
    )


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


def test_failed_images_are_left_out_and_said(tmp_path: Path):
    old = write_paired_run(tmp_path, {"psnr": BASE}, model="old")
    new = write_paired_run(tmp_path, {"psnr": MOVED}, model="new", failed={"0003": "Out of memory."})
    comparison = compare(old, new)
    assert (comparison.metrics["psnr"].n, comparison.metrics["psnr"].missing) == (29, (0, 1))
    assert comparison.notes == ("new failed on 1 image, excluded here; the first is 0003: Out of memory.",)


def test_a_missing_value_on_one_side_is_counted(tmp_path: Path):
    found = compare(*two(tmp_path, [None, 30.0, 30.0], [31.0, 31.0, 31.0])).metrics["psnr"]
    assert (found.n, found.missing) == (2, (1, 0))


def test_nan_in_a_journal_is_refused(tmp_path: Path):
    old, new = two(tmp_path, [30.0, 30.5, 31.0], [31.0, 31.0, 31.5])
    journal = new / "scores.jsonl"
    journal.write_text(journal.read_text().replace('"psnr":31.5', '"psnr":NaN'))
    with pytest.raises(RunFolderError, match=r"scores\.jsonl line 3 is not a score record"):
        compare(old, new)


def test_a_metric_without_values_is_empty_not_zero(tmp_path: Path):
    found = compare(*two(tmp_path, [None, None], [None, None], "lpips")).metrics["lpips"]
    assert (found.n, found.difference, found.median, found.p, found.first) == (0, None, None, None, None)


def test_other_protocols_and_data_sets_do_not_compare(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    other = write_paired_run(tmp_path / "b", {"psnr": BASE}, protocol="hinet@1")
    with pytest.raises(IncomparableError, match=r"the protocol is gopro@1 in the first and hinet@1 in the second"):
        compare(old, other)
    variant = write_paired_run(tmp_path / "c", {"psnr": BASE}, dataset="gopro[variant=blur_gamma]")
    with pytest.raises(IncomparableError, match=r"the data set is gopro in the first and gopro\[variant=blur_gamma\]"):
        compare(old, variant)


def test_other_pixels_under_the_same_key_do_not_compare(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    other = write_paired_run(
        tmp_path / "b", {"psnr": BASE}, pairs=["x"] + [f"{index:016x}" for index in range(1, 30)]
    )  # fmt: skip -- one call
    for intersect in (False, True):
        with pytest.raises(IncomparableError, match=r"different pixels .* in 1 of 30 pairs, starting with 0000"):
            compare(old, other, intersect=intersect)


def test_other_images_compare_on_request_and_marked(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    part = write_paired_run(tmp_path / "b", {"psnr": MOVED[:20]}, model="part", selected=30)
    with pytest.raises(IncomparableError, match=r"10 only in mine, such as 0020; part is unfinished: 20 of 30 images"):
        compare(old, part)
    comparison = compare(old, part, intersect=True)
    assert comparison.images == 20
    assert comparison.notes[0].startswith("Only the 20 shared images are compared (10 only in mine")


def test_disjoint_runs_never_compare(tmp_path: Path):
    old = write_paired_run(tmp_path / "a", {"psnr": BASE})
    other = write_paired_run(tmp_path / "b", {"psnr": BASE}, keys=[f"x{index}" for index in range(30)])
    with pytest.raises(IncomparableError, match="share no images"):
        compare(old, other, intersect=True)


def test_another_rounding_is_called_by_its_name(tmp_path: Path):
    old = write_paired_run(tmp_path, {"psnr": BASE}, model="old", quantiser="truncate")
    new = write_paired_run(tmp_path, {"psnr": MOVED}, model="new")
    (note,) = compare(old, new).notes
    assert "old truncates to the grey level below (truncate)" in note
    assert "new rounds to the nearest grey level (half-even)" in note


def test_an_unknown_metric_is_named(tmp_path: Path):
    with pytest.raises(UnknownNameError, match="did you mean psnr"):
        compare(*two(tmp_path, BASE, MOVED), metrics=["pnsr"])


def test_the_number_of_images_is_for_what_is_worth_seeing(tmp_path: Path):
    spread = [value + 0.3 * math.sin(index * 5.0) for index, value in enumerate(BASE)]
    old, new = two(tmp_path, BASE, spread)
    default, fine = compare(old, new).metrics["psnr"], compare(old, new, worth={"psnr": 0.01}).metrics["psnr"]
    assert (default.needed_for, fine.needed_for) == (0.05, 0.01)
    assert fine.needed == pytest.approx(25 * known(default.needed), rel=0.02)


def test_holm_covers_every_metric_and_pair(tmp_path: Path):
    generator = np.random.default_rng(0)
    for model in "abc":
        values = {name: list(generator.normal(30, 1, 12)) for name in ("psnr", "ssim")}
        write_paired_run(tmp_path, values, model=model)
    compared = compare_pairs(select_sides(tmp_path, ["a", "b", "c"]))
    found = sorted((known(metric.p), known(metric.p_holm)) for each in compared for metric in each.metrics.values())
    assert len(found) == 6
    assert found[0][1] == pytest.approx(min(1, 6 * found[0][0]))
    assert all(adjusted >= p for p, adjusted in found)


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


def test_a_side_is_a_name_or_a_folder(tmp_path: Path):
    old, new = two(tmp_path, BASE, MOVED)
    moved = new.rename(tmp_path / "elsewhere")
    sides = select_sides(tmp_path, ["old", str(moved)])
    assert [next(iter(side.values())).label for side in sides] == ["old", "new"]
    same = select_sides(tmp_path, [str(old), str(old.parent)])
    assert [next(iter(side.values())).label for side in same] == ["old", str(old.parent)]


def test_wrong_sides_are_said_in_a_sentence(tmp_path: Path):
    two(tmp_path, BASE, MOVED)
    with pytest.raises(UnknownNameError, match="did you mean old"):
        select_sides(tmp_path, ["new", "olf"])
    with pytest.raises(UsageError, match="named twice"):
        select_sides(tmp_path, ["new", "new"])
    write_paired_run(tmp_path, {"psnr": BASE}, model="elsewhere", dataset="hide")
    with pytest.raises(IncomparableError, match=r"new: gopro by gopro@1; elsewhere: hide by gopro@1"):
        compare_pairs(select_sides(tmp_path, ["new", "elsewhere"]))


def test_prenet_beats_prn_r_by_the_official_numbers(tmp_path: Path, fixtures: Path):
    official = json.loads((fixtures / "evaluators" / "rain100h_expected.json").read_text())["per_image"]
    for model, column in (("prn_r", "prenet|PRN_r"), ("prenet", "prenet|trunc"), ("rounded", "prenet|round")):
        psnr = [values[0] for values in official[column].values()]
        write_paired_run(tmp_path, {"psnr": psnr}, model=model, dataset="rain100h", keys=list(official[column]))
    folder = tmp_path / "rain100h"
    found = compare(folder / "prn_r", folder / "prenet").metrics["psnr"]
    assert found.difference == pytest.approx(29.459942544278036 - 27.422070331701516, abs=1e-9)
    assert (found.wins, found.finding) == (100, "better")
    rounding = compare(folder / "prenet", folder / "rounded").metrics["psnr"]
    assert rounding.difference == pytest.approx(0.0396, abs=1e-4)
    assert rounding.finding == "better"
