from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import Run, find_runs
from restorebench.reports.board.row_titles import row_titles


def run_of(out: Path, model: str, inference: str) -> Run:
    write_run(out, FakeRun(model="prenet", title="PReNet", inference=inference))
    (run,) = find_runs(out)
    return replace(run, info=replace(run.info, plan=replace(run.info.plan, model=model)))


@pytest.mark.parametrize(
    ("model", "inference", "title"),
    [
        ("prenet", "full image", "PReNet"),
        ("prenet", "TLC", "PReNet (TLC)"),
        ("prenet[ensemble=x8]", "ensemble x8", "PReNet [ensemble=x8]"),
        ("prenet[grid=256,ensemble=x8]", "TLC, grid 256, ensemble x8", "PReNet [grid=256,ensemble=x8] (TLC)"),
        ("prenet[steps=3]", "grid 256", "PReNet [steps=3] (grid 256)"),
    ],
)
def test_an_option_is_not_said_twice(tmp_path: Path, model: str, inference: str, title: str):
    assert row_titles([{0: run_of(tmp_path, model, inference)}]) == [title]
