from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers.table_runs import shown
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.page import write_report
from restorebench.reports.tables.costs import ModelCost, TimePoint, cost_cells, cost_texts, find_costs

HEAD = "ms (256x256, fp32, cpu)"
CALM: dict[str, Any] = {"median": 0.02, "p5": 0.0195, "p95": 0.0205}
DOUBT = "calls do not repeat"
SHAKY: dict[str, Any] = {"median": 0.01, "p5": 0.004, "p95": 0.0313, "doubts": [DOUBT]}


def write_cost(out: Path, model: str, time: dict[str, Any]) -> None:
    """Write a cost file as the profiler does: an unstable median is not among the latencies."""
    (out / "cost").mkdir(exist_ok=True)
    variant = {"height": 256, "width": 256, "batch": 1, "precision": "fp32"}
    latency = {} if time.get("doubts") else {"256x256, fp32, cpu": time["median"]}
    cost = {"params": 168963, "latency": latency, "cells": [{"variant": variant, "device": "cpu", "time": time}]}
    (out / "cost" / f"{model}.json").write_text(json.dumps(cost))


@pytest.fixture
def timed(two: Path) -> Path:
    """PReNet with a stable latency, PRN_r with an unstable one."""
    write_cost(two, "prenet", CALM)
    write_cost(two, "prn-r", SHAKY)
    return two


def test_a_table_shows_the_range_of_an_unstable_latency_with_a_footnote(
    timed: Path, capsys: pytest.CaptureFixture[str]
):
    lines = shown(capsys, str(timed), "--format", "markdown", "--cost", "--metric", "psnr").splitlines()
    assert lines[2].endswith("| 0.17 | 20.0 |")
    assert lines[3].endswith("| 0.17 | 4.0\N{EN DASH}31.3† |")
    assert f"† unstable latency ({DOUBT}): the 5th to the 95th percentile of the calls" in lines


@pytest.mark.parametrize("format_", ["text", "markdown", "latex", "html"])
def test_no_format_prints_its_median(timed: Path, capsys: pytest.CaptureFixture[str], format_: str):
    text = shown(capsys, str(timed), "--format", format_, "--cost", "--metric", "psnr")
    assert "20.0" in text
    assert "10.0" not in text
    assert "unstable latency" in text


def test_a_page_marks_the_range_and_leaves_it_out_of_its_plot(timed: Path):
    html = write_report(find_runs(timed), timed / "report").read_text(encoding="utf-8")
    assert "4.0\N{EN DASH}31.3 (unstable)" in html
    assert f"Left out of the plot, as unstable (5th to 95th percentile of the calls): PRN_r, {HEAD}" in html
    start = html.index('<script type="application/json"')
    data = json.loads(html[html.index(">", start) + 1 : html.index("</script>", start)])
    points = {row["title"]: row["cost"]["latency"] for row in data["rows"]}
    assert points == {"PReNet": {"256x256, fp32, cpu": 0.02}, "PRN_r": {}}


def test_points_are_drawn_from_stable_latencies_alone(timed: Path):
    costs = find_costs(find_runs(timed))
    assert HEAD in cost_texts(costs["prenet"])
    assert HEAD not in cost_texts(costs["prn-r"])
    assert set(cost_cells(costs["prn-r"])) == set(cost_cells(costs["prenet"]))


def test_an_unstable_latency_without_a_recorded_range_is_called_so():
    unknown = TimePoint(65536, 0.02, "batch 1, fp32, cpu", "256x256", "256x256, fp32, cpu", doubts=("busy",))
    cell = cost_cells(ModelCost(times=(unknown,)))[HEAD]
    assert (cell.text, cell.marked) == ("unstable", "unstable")
