from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.optional import known
from helpers.report_runs import FakeRun, write_run
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import find_runs
from restorebench.reports.figures import COLUMN_INCHES, FigureKind, FigureOptions, draw_figure

PRENET = FakeRun(psnr=29.4599, ssim=0.8989)
HOSTILE = replace(PRENET, model="evil", title=r"$\frac{a_b&c%d</text><script>", psnr=20.0, weights="b" * 64)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    for index, fake in enumerate((PRENET, HOSTILE)):
        write_run(tmp_path, fake, pictures=range(4))
        (tmp_path / "cost").mkdir(exist_ok=True)
        cost = {"params": 168963 * (index + 1), "macs": {"conv": 66.25e9}}
        (tmp_path / "cost" / f"{fake.model}.json").write_text(json.dumps(cost))
    return tmp_path


@pytest.mark.parametrize("kind", ["pareto", "violin", "strip"])
def test_text_is_text_and_names_are_escaped(out: Path, kind: FigureKind):
    figure = draw_figure(find_runs(out), kind, out / "figure.svg").path.read_text(encoding="utf-8")
    assert ">PReNet" in figure
    assert r"$\frac{a_b&amp;c%d&lt;/text" in figure
    assert "<script" not in figure


@pytest.mark.parametrize("kind", ["pareto", "violin"])
def test_a_figure_is_as_wide_as_a_column(out: Path, kind: FigureKind):
    with Image.open(draw_figure(find_runs(out), kind, out / "figure.png").path) as image:
        assert image.width == pytest.approx(COLUMN_INCHES * 300, abs=1)


def test_the_same_runs_give_the_same_bytes(out: Path):
    first = draw_figure(find_runs(out), "violin", out / "a.pdf").path.read_bytes()
    assert draw_figure(find_runs(out), "violin", out / "b.pdf").path.read_bytes() == first


def test_a_strip_shows_the_crop_that_was_asked_for(out: Path):
    run = find_runs(out)[0]
    key = run.records[0].key
    for path in (run.path.parent / "images").rglob("*.png"):
        Image.new("RGB", (240, 180), "white").save(path)
    for folder in (out / "rain100h" / "prenet", out / "rain100h" / "evil"):
        for path in (folder / "restored").rglob("*.png"):
            image = Image.new("RGB", (240, 180), "white")
            image.paste((255, 0, 0), (100, 100, 110, 110))
            image.save(path)
    runs = find_runs(out)

    def red(crop: tuple[int, int, int, int]) -> int:
        path = draw_figure(runs, "strip", out / "strip.png", FigureOptions(key=key, crop=crop)).path
        with Image.open(path) as image:
            counts = known(image.convert("RGB").getcolors(1 << 24))
        return sum(count for count, colour in counts if colour == (255, 0, 0))

    assert red((0, 0, 90, 90)) == 0
    assert red((100, 100, 10, 10)) > 10_000


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("violin", FigureOptions(dataset="rain100"), "did you mean rain100h"),
        ("violin", FigureOptions(metric="pnsr"), "did you mean psnr"),
        ("pareto", FigureOptions(cost="Params"), r"did you mean Params \(M\)"),
        ("strip", FigureOptions(key="nowhere"), "No picture of 'nowhere'"),
        ("strip", FigureOptions(crop=(200, 0, 100, 100)), "not inside the image of 240x180"),
    ],
)
def test_mistakes_get_a_sentence(out: Path, kind: FigureKind, options: FigureOptions, message: str):
    with pytest.raises(UsageError, match=message):
        draw_figure(find_runs(out), kind, out / "figure.pdf", options)
    assert not (out / "figure.pdf").exists()


def test_scaling_draws_one_line_per_model_that_was_timed_at_two_sizes(out: Path):
    with pytest.raises(UsageError, match="timed at two sizes"):
        draw_figure(find_runs(out), "scaling", out / "scaling.svg")
    times = ((256, {"median": 0.1}), (512, {"median": 0.4}), (1024, {"reason": "out of memory"}), (64, None))
    cells = [
        {"variant": {"height": side, "width": side, "batch": 1, "precision": "fp32"}, "device": "cpu", "time": time}
        for side, time in times
    ]
    (out / "cost" / "prenet.json").write_text(json.dumps({"params": 1, "cells": cells}))
    drawn = draw_figure(find_runs(out), "scaling", out / "scaling.svg")
    figure = drawn.path.read_text(encoding="utf-8")
    assert ">PReNet: pixels^1.00<" in figure
    assert ">256x256<" in figure
    assert "batch 1, fp32, cpu" in drawn.caption


def test_an_unknown_format_is_refused(out: Path):
    with pytest.raises(UsageError, match="pdf"):
        draw_figure(find_runs(out), "violin", out / "figure.docx")


def test_on_the_command_line(out: Path):
    figure = out / "figures" / "violin.pdf"
    assert main(["figure", "violin", str(out), "--metric", "ssim", "--out", str(figure)]) == 0
    assert figure.read_bytes().startswith(b"%PDF")
    assert main(["figure", "violin", str(out / "nowhere"), "--out", str(figure)]) == 2


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("violin", FigureOptions(key="1"), "--key has no meaning for a violin figure: leave it out, or draw strip."),
        ("pareto", FigureOptions(option="steps"), "--option has no meaning for a pareto figure"),
        ("strip", FigureOptions(cost="Params (M)"), "--cost has no meaning for a strip figure"),
        ("scaling", FigureOptions(metric="psnr"), "--metric has no meaning for a scaling figure"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(out: Path, kind: FigureKind, options: FigureOptions, message: str):
    with pytest.raises(UsageError, match=re.escape(message)):
        draw_figure(find_runs(out), kind, out / "figure.png", options)
