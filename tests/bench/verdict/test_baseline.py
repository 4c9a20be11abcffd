from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from helpers.paired_runs import write_paired_run
from restorebench.bench.errors import RunFolderError, UsageError
from restorebench.bench.files.fingerprints import pixel_sha256
from restorebench.bench.verdict.baseline import read_baseline, write_baseline
from restorebench.bench.verdict.checks import check, read_side
from restorebench.bench.verdict.verdict import Outcome, Reason

SEQUENCES = {
    "0384_11_00": 100,
    "0384_11_05": 100,
    "0385_11_01": 100,
    "0396_11_00": 100,
    "0410_11_00": 134,
    "0854_11_00": 100,
    "0862_11_00": 77,
    "0868_11_00": 100,
    "0869_11_00": 100,
    "0871_11_00": 100,
    "0881_11_01": 100,
}  # fmt: skip -- the test sequences of GoPro


def gopro_run(out: Path) -> Path:
    generator = np.random.default_rng(0)
    keys = [f"GOPR{name}/{index:06d}" for name, count in SEQUENCES.items() for index in range(count)]
    hashes = [pixel_sha256(np.array([index], np.float32))[:16] for index in range(len(keys))]
    return write_paired_run(
        out,
        {
            "psnr": generator.normal(32, 2, len(keys)).tolist(),
            "ssim": generator.uniform(0.9, 1, len(keys)).tolist(),
            "lpips": generator.uniform(0, 0.2, len(keys)).tolist(),
        },
        keys=keys,
        groups=[key.partition("/")[0] for key in keys],
        restored=hashes,
        pairs=hashes[::-1],
    )


def test_all_of_gopro_fits_in_100_kb_and_passes_against_itself(tmp_path: Path):
    run = gopro_run(tmp_path)
    write_baseline(tmp_path / "b.json", read_side(run, ""))
    assert (tmp_path / "b.json").stat().st_size < 100_000
    verdict = check(run, tmp_path / "b.json", identical=True)
    assert {gate.reason for gate in verdict.gates} == {Reason.OUTPUTS_IDENTICAL, Reason.NO_CHANGE}
    assert [gate.groups for gate in verdict.gates] == [0, 11, 11, 11]


def test_a_baseline_keeps_everything_that_a_check_needs(tmp_path: Path):
    run = write_paired_run(
        tmp_path,
        {"psnr": [math.inf, 30.123456, 31.0, 32.0], "lpips": [None, 0.1234567, 0.5, 0.25]},
        keys=["a/1", "a/2", "b 3", "c/d/4"],
        groups=["a", "a", "", "c"],
        failed={"c/d/4": "Out of memory."},
        quantiser="truncate",
        selected=9,
    )
    (kept,) = read_side(run, "baseline")
    write_baseline(tmp_path / "deep" / "b.json", [kept])
    (read,) = read_baseline(tmp_path / "deep" / "b.json")
    assert list(read.images) == ["a/1", "a/2", "b 3", "c/d/4"]
    assert [image.group for image in read.images.values()] == ["a", "a", "", ""]
    assert dict(read.images["a/1"].metrics) == {"psnr": math.inf, "lpips": None}
    assert dict(read.images["a/2"].metrics) == {"psnr": 30.1235, "lpips": 0.12346}
    assert read.images["c/d/4"].failure == "Out of memory."
    assert kept.images["a/2"].restored.startswith(read.images["a/2"].restored)
    assert (read.quantiser, read.selected, read.protocol) == ("truncate", 9, "gopro@1")


def test_a_baseline_sees_what_a_run_folder_sees(tmp_path: Path):
    base = [30.0 + 0.1 * index for index in range(40)]
    old = write_paired_run(tmp_path / "old", {"psnr": base})
    worse = [value - 0.3 - index % 3 / 50 for index, value in enumerate(base)]
    new = write_paired_run(tmp_path / "new", {"psnr": worse})
    write_baseline(tmp_path / "b.json", read_side(old, ""))
    by_file, by_folder = check(new, tmp_path / "b.json").gates[0], check(new, old).gates[0]
    assert by_file.outcome is by_folder.outcome is Outcome.FAIL
    assert (by_file.low, by_file.high) == pytest.approx((by_folder.low, by_folder.high), abs=1e-3)


def test_rounding_of_the_file_is_no_change(tmp_path: Path):
    run = write_paired_run(tmp_path, {"psnr": [30.00004999, 31.23456789, 28.7182818]})
    write_baseline(tmp_path / "b.json", read_side(run, ""))
    assert check(run, tmp_path / "b.json").gates[0].reason is Reason.NO_CHANGE


def test_files_that_are_no_baseline_are_said(tmp_path: Path):
    with pytest.raises(UsageError, match=r"restorebench baseline save RUN --out .*none\.json"):
        check(tmp_path, tmp_path / "none.json")
    path = tmp_path / "b.json"
    for text, said in (
        ("{", "cannot be read"),
        ("[]", "is not a baseline"),
        ('{"format": "restorebench baseline", "version": 99, "cells": []}', "schema version 99"),
        ('{"format": "restorebench baseline", "version": 1, "cells": [{"model": "x"}]}', "is damaged"),
    ):
        path.write_text(text)
        with pytest.raises(RunFolderError, match=said):
            read_baseline(path)


def test_a_file_of_uneven_columns_is_damaged(tmp_path: Path):
    run = write_paired_run(tmp_path, {"psnr": [30.0, 31.0]})
    path = tmp_path / "b.json"
    write_baseline(path, read_side(run, ""))
    raw = json.loads(path.read_text())
    raw["cells"][0]["values of psnr"].pop()
    path.write_text(json.dumps(raw))
    with pytest.raises(RunFolderError, match="is damaged"):
        read_baseline(path)
