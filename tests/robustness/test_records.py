"""Damaged JSON of every kind that a command reads: what is taken can be tabulated, compared and checked."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.comparison.comparison import compare_pairs
from restorebench.bench.comparison.selection import select_sides
from restorebench.bench.errors import RestorebenchError
from restorebench.bench.runs.run import find_runs, load_run
from restorebench.bench.verdict.baseline import write_baseline
from restorebench.bench.verdict.checks import check, read_side
from restorebench.reports.submission import run_problems
from restorebench.reports.tables.table import TableFormat, TableOptions, draw_table

from robustness.driver import Tally
from robustness.mutations import damaged_bytes, damaged_json

COST = {
    "params": 500,
    "macs": {"all, 256x256": 63_000.0, "conv, 256x256": 1.0},
    "latency": {"256x256, fp32": 0.01},
    "memory": {"GPU allocated, 256x256": 1_000_000},
    "cells": [
        {
            "variant": {"height": 256, "width": 256, "batch": 1, "precision": "fp32"},
            "device": "cpu",
            "time": {"median": 0.01},
        }
    ],
}
FORMATS: Sequence[TableFormat] = ("text", "markdown", "latex", "html", "csv", "json")
OPTIONS = TableOptions(cost=True)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Two runs of one data set, with costs and a baseline beside them."""
    for model in ("mine", "other"):
        write_run(tmp_path / "out", FakeRun(model=model, images=6, selected=6, found=6))
        (tmp_path / "out" / "cost").mkdir(exist_ok=True)
        (tmp_path / "out" / "cost" / f"{model}.json").write_text(json.dumps(COST), encoding="utf-8")
    write_baseline(tmp_path / "baseline.json", read_side(tmp_path / "out" / "rain100h" / "other", ""))
    return tmp_path / "out"


def use(out: Path, baseline: Path) -> None:
    """Do with the runs what commands do with them."""
    runs = find_runs(out)
    for run in runs:
        _ = run.summary, run.scores
        run_problems(run)
    for format_ in FORMATS:
        draw_table(runs, format_, OPTIONS)
    compare_pairs(select_sides(out, ["mine", "other"]))
    check(out / "rain100h" / "mine", baseline, other_model=True)


def document(content: bytes, draw: random.Random) -> bytes:
    if draw.random() < 0.2:
        return damaged_bytes(content, draw)
    return damaged_json(json.loads(content), draw).encode(errors="surrogatepass")


def lines(content: bytes, draw: random.Random) -> bytes:
    every = content.splitlines()
    if draw.random() < 0.2:
        return damaged_bytes(content, draw)
    place = draw.randrange(len(every))
    match draw.randrange(6):
        case 0:
            every[place:place] = [every[draw.randrange(len(every))]]
        case 1:
            every[place] = draw.choice((b"", b"{}", b"null", b"[" * 100_000, b"0" * 100_000))
        case _:
            every[place] = document(every[place], draw)
    return b"\n".join(every) + b"\n"


PLACES: dict[str, tuple[str, Callable[[bytes, random.Random], bytes], int]] = {
    "run": ("out/rain100h/mine/run.json", document, 150),
    "scores": ("out/rain100h/mine/scores.jsonl", lines, 150),
    "costs": ("out/cost/mine.json", document, 80),
    "baseline": ("baseline.json", document, 80),
}
"""Kind to the file, how it is damaged, and how often."""


@pytest.mark.parametrize("kind", PLACES)
def test_damaged_records(kind: str, out: Path, fuzzed: Callable[..., Tally]) -> None:
    name, damage, count = PLACES[kind]
    place = out.parent / name
    whole = place.read_bytes()

    def read(content: bytes) -> None:
        place.write_bytes(content)
        use(out, out.parent / "baseline.json")

    tally = fuzzed(kind, partial(damage, whole), read, count=count)
    assert tally.refused > tally.tried // 10
    place.write_bytes(whole)
    use(out, out.parent / "baseline.json")  # which was well before it was damaged


def test_damaged_records_of_version_1(out: Path, fuzzed: Callable[..., Tally]) -> None:
    old = Path(__file__).parents[1] / "data" / "run-0.1.0" / "out" / "paired" / "median"
    folder = out.parent / "old"
    shutil.copytree(old, folder)
    info, scores = ((folder / name).read_bytes() for name in ("run.json", "scores.jsonl"))

    def mutated(draw: random.Random) -> bytes:
        return json.dumps(
            [document(info, draw).hex(), scores.hex()]
            if draw.random() < 0.5
            else [info.hex(), lines(scores, draw).hex()]
        ).encode()

    def read(content: bytes) -> None:
        for name, part in zip(("run.json", "scores.jsonl"), cast("list[str]", json.loads(content)), strict=True):
            (folder / name).write_bytes(bytes.fromhex(part))
        run = load_run(folder)
        _ = run.summary, run.scores
        draw_table([run], "text", OPTIONS)

    fuzzed("version-1", mutated, read, count=200)


@pytest.mark.parametrize(
    "change",
    [
        {"groups": [["", 10**30]]},
        {"groups": [["", 10**9], ["", -(10**9) + 6]]},
        {"keys": [["", ["a"] * 6]]},
        {"pairs": "- " * 5},
        {"values of psnr": [1e400] * 6},
        {"decimals of psnr": 10**9},
        {"decimals of psnr": -400},
        {"cost": {"parameters": -1}},
        {"selected": -1},
    ],
    ids=str,
)
def test_a_baseline_that_claims_too_much_is_refused(out: Path, change: dict[str, Any]) -> None:
    place = out.parent / "baseline.json"
    raw = json.loads(place.read_text(encoding="utf-8"))
    raw["cells"][0] |= change
    place.write_text(json.dumps(raw).replace("Infinity", "1e400"), encoding="utf-8")
    with pytest.raises(RestorebenchError, match=r"^[^\n]*baseline\.json (is damaged|cannot be read)[^\n]*$"):
        check(out / "rain100h" / "mine", place)
