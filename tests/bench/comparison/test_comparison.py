from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from helpers.optional import known
from helpers.paired_runs import write_paired_run
from helpers.two_sides import BASE, MOVED, two
from restorebench.bench.comparison.comparison import compare, compare_pairs
from restorebench.bench.comparison.selection import select_sides
from restorebench.bench.errors import UnknownNameError
from restorebench.bench.statistics.bootstrap import few_groups_factor


def test_failed_images_are_left_out_and_said(tmp_path: Path):
    old = write_paired_run(tmp_path, {"psnr": BASE}, model="old")
    new = write_paired_run(tmp_path, {"psnr": MOVED}, model="new", failed={"0003": "Out of memory."})
    comparison = compare(old, new)
    assert (comparison.metrics["psnr"].n, comparison.metrics["psnr"].missing) == (29, (0, 1))
    assert comparison.notes == ("new failed on 1 image, excluded here; the first is 0003: Out of memory.",)


def test_a_missing_value_on_one_side_is_counted(tmp_path: Path):
    found = compare(*two(tmp_path, [None, 30.0, 30.0], [31.0, 31.0, 31.0])).metrics["psnr"]
    assert (found.n, found.missing) == (2, (1, 0))


def test_a_metric_without_values_is_empty_not_zero(tmp_path: Path):
    found = compare(*two(tmp_path, [None, None], [None, None], "lpips")).metrics["lpips"]
    assert (found.n, found.difference, found.median, found.p, found.first) == (0, None, None, None, None)


def test_an_unknown_metric_is_named(tmp_path: Path):
    with pytest.raises(UnknownNameError, match="did you mean psnr"):
        compare(*two(tmp_path, BASE, MOVED), metrics=["pnsr"])


def test_the_number_of_images_is_for_what_is_worth_seeing(tmp_path: Path):
    spread = [value + 0.3 * math.sin(index * 5.0) for index, value in enumerate(BASE)]
    old, new = two(tmp_path, BASE, spread)
    default, fine = compare(old, new).metrics["psnr"], compare(old, new, worth={"psnr": 0.01}).metrics["psnr"]
    assert (default.needed_for, fine.needed_for) == (0.05, 0.01)
    assert default.needed is not None
    assert fine.needed is not None
    # 25 times as many, less what the widening for few groups costs the smaller number
    assert 25 * default.needed / few_groups_factor(default.needed) ** 2 < fine.needed < 25 * default.needed


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
