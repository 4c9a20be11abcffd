from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import DrawnFigure, FigureOptions, draw_figure, pareto, scatter

BASE = FakeRun(psnr=29.0)
LATENCY = "ms (256x256, fp32, cpu)"


def write_cost(out: Path, model: str, params: int, *, seconds: float = 0.1, doubts: tuple[str, ...] = ()) -> None:
    time = {"median": seconds, "p5": 0.9 * seconds, "p95": 1.5 * seconds, "doubts": doubts}
    cell = {"variant": {"height": 256, "width": 256, "batch": 1, "precision": "fp32"}, "device": "cpu", "time": time}
    stable = {} if doubts else {"256x256, fp32, cpu": seconds}
    path = out / "cost" / f"{model}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"params": params, "latency": stable, "cells": [cell]}))


def drawn(out: Path, cost: str = "") -> tuple[DrawnFigure, str]:
    figure = draw_figure(find_runs(out), "pareto", out / "figure.svg", FigureOptions(cost=cost))
    return figure, figure.path.read_text(encoding="utf-8")


def test_every_model_is_named_or_left_out_with_its_reason(tmp_path: Path) -> None:
    for place, title in enumerate(("First", "Second", "Free", "Perfect")):
        psnr = [math.inf] * 100 if title == "Perfect" else 25.0 + place
        write_run(tmp_path, replace(BASE, model=title.lower(), title=title, psnr=psnr, weights=f"{place:064d}"))
        if title != "Free":
            write_cost(tmp_path, title.lower(), 10**5 * 4**place)
    figure, text = drawn(tmp_path)
    assert ">First<" in text
    assert ">Second<" in text
    assert ">Perfect<" not in text
    assert "Perfect (PSNR is infinite)" in figure.caption
    assert "Free (no cost measured)" in figure.caption
    assert "Free" in re.sub(r"<[^>]*>", " ", text)  # the caption stands in the figure


def test_names_that_would_overlap_go_to_a_legend(tmp_path: Path) -> None:
    for place in range(6):
        title = f"A model with a long name {place}"
        write_run(
            tmp_path, replace(BASE, model=f"m{place}", title=title, psnr=29.0 + place / 1e4, weights=f"{place:064d}")
        )
        write_cost(tmp_path, f"m{place}", 10**6)
    _, text = drawn(tmp_path)
    assert re.findall(r">A model with a long name (\d)<", text) == list("012345")[::-1]
    assert 'id="legend_1"' in text


def test_an_unstable_latency_is_left_out_and_a_stable_one_has_a_range(tmp_path: Path) -> None:
    write_run(tmp_path, BASE)
    write_run(tmp_path, replace(BASE, model="shaky", title="Shaky", weights="b" * 64))
    write_cost(tmp_path, "prenet", 10**5)
    write_cost(tmp_path, "shaky", 10**5, doubts=("too few samples",))
    figure, text = drawn(tmp_path, LATENCY)
    assert "Latency (ms; 256x256, fp32, cpu)" in text
    assert f"Shaky ({LATENCY} is unstable)" in figure.caption
    assert "5th to 95th percentile" in figure.caption
    write_cost(tmp_path, "prenet", 10**5, doubts=("too few samples",))
    with pytest.raises(UsageError, match="is unstable: profile the models again"):
        drawn(tmp_path, LATENCY)


def test_bars_are_the_intervals_of_the_summary(tmp_path: Path) -> None:
    write_run(tmp_path, replace(BASE, keys=[f"{index}/a" for index in range(100)]))
    write_cost(tmp_path, "prenet", 10**5)
    assert "Bars: 95 % intervals of the mean" in drawn(tmp_path)[0].caption


def test_few_groups_have_no_bars(tmp_path: Path) -> None:
    write_run(tmp_path, replace(BASE, images=4, keys=["a/1", "a/2", "b/1", "b/2"]))
    write_cost(tmp_path, "prenet", 10**5)
    assert "Bars" not in drawn(tmp_path)[0].caption


def test_points_are_at_unrounded_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables print 0.02 and 0.00 for these; on a logarithmic axis, zero has no place."""
    for model, params in (("small", 21_123), ("tiny", 4_321)):
        write_run(tmp_path, replace(BASE, model=model, title=model, weights=f"{params:064d}"))
        write_cost(tmp_path, model, params)
    seen: list[scatter.Point] = []
    monkeypatch.setattr(pareto, "draw_points", lambda _figure, points, *_: seen.extend(points))
    drawn(tmp_path, "Params (M)")
    assert {point.title: point.x for point in seen} == {"small": 0.021123, "tiny": 0.004321}


def test_the_caption_says_what_keeps_the_means_from_being_compared(tmp_path: Path) -> None:
    write_run(tmp_path, replace(BASE, selected=3, images=3, found=100, demonstration=True))
    whole = replace(BASE, model="whole", title="Whole", weights="b" * 64, demonstration=True)
    write_run(tmp_path, whole)
    for model in ("prenet", "whole"):
        write_cost(tmp_path, model, 10**5)
    caption = drawn(tmp_path)[0].caption
    assert "Limits: demonstration data, not a benchmark; PReNet limited to 3 of 100 images." in caption
    assert "Line: the models that no other one beats on both axes." in caption


def test_one_whole_run_has_no_limits_and_no_line(tmp_path: Path) -> None:
    write_run(tmp_path, BASE)
    write_cost(tmp_path, "prenet", 10**5)
    caption = drawn(tmp_path)[0].caption
    assert "Limits" not in caption
    assert "Line:" not in caption
