from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.cli import main
from restorebench.bench.runs.run import find_runs, load_run
from restorebench.bench.slices.attributes_file import ImageAttributes, write_attributes
from restorebench.reports.page.page import write_report

KEYS = [f"image{index:02d}" for index in range(80)]
SHARED = np.random.default_rng(1).normal(28, 3, 80)
GAIN = np.where(np.arange(80) < 20, 1.0, 0.0) + np.random.default_rng(2).normal(0, 0.2, 80)
BASE = FakeRun(psnr=list(SHARED), ssim=[0.8] * 80, images=80, keys=KEYS)


def keep(folder: Path, name: str = "brightness") -> None:
    """Keep the number of each image as its brightness."""
    digests = {record.key: record.pair for record in load_run(folder).records}
    lines = [ImageAttributes(key, digests[key], {name: float(index)}) for index, key in enumerate(KEYS)]
    write_attributes(folder, lines)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """PReNet, and a model that is better on the 20 darkest images and a little worse elsewhere."""
    keep(write_run(tmp_path / "out", replace(BASE, psnr=list(SHARED + 0.5))))
    write_run(tmp_path / "out", replace(BASE, model="dark", title="Dark", psnr=list(SHARED + GAIN)))
    return tmp_path / "out"


def page_of(out: Path) -> str:
    return unescape(write_report(find_runs(out), out / "report").read_text(encoding="utf-8"))


def test_the_section_has_the_numbers_of_compare(out: Path, capsys: pytest.CaptureFixture[str]):
    html = page_of(out)
    assert main(["compare", str(out), "prenet", "dark", "--by", "brightness", "--metric", "psnr", "--json"]) == 0
    slices = json.loads(capsys.readouterr().out)[0]["by"]["slices"]
    assert [each["findings"]["psnr"] for each in slices] == ["wins", "loses", "loses", "loses"]
    for each in slices:
        found = each["comparison"]["metrics"]["psnr"]
        numbers = f"{found['difference']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f}) on 20 images"
        assert f"<title>Dark, {each['label']}: {numbers}, {each['findings']['psnr']}</title>" in html
        assert f"<td>{numbers}, {each['findings']['psnr']}</td>" in html
    assert "PSNR ↑ minus that of PReNet" in html


def test_a_model_that_wins_on_dark_images_is_drawn_above_zero_there_alone(out: Path):
    html = page_of(out)
    plot = html[html.index("Mean PSNR minus that of PReNet") :]
    zero = float(re.search(r'y1="([\d.]+)" y2="[\d.]+" stroke="currentColor" stroke-opacity="0.55"', plot)[1])  # pyright: ignore[reportOptionalSubscript]
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)" r="5"/></g>', plot)]
    assert len(heights) == 4
    assert heights[0] < zero < min(heights[1:])


def test_undecided_marks_are_hollow(out: Path):
    write_run(
        out,
        replace(
            BASE, model="same", title="Same", psnr=list(SHARED + 0.5 + np.random.default_rng(9).normal(0, 0.2, 80))
        ),
    )
    html = page_of(out)
    marks = re.findall(r'<g class="(\w+)" stroke="#\w+" stroke-width="1.6" fill="#\w+"><title>([^<]+)</title>', html)
    assert marks
    assert all((kind == "open") == said.endswith("undecided") for kind, said in marks)
    assert {said.rpartition(", ")[2] for _, said in marks} == {"wins", "loses", "undecided"}


def test_without_attributes_or_with_one_model_there_is_no_section(tmp_path: Path):
    folder = write_run(tmp_path / "out", BASE)
    assert 'id="slices"' not in page_of(tmp_path / "out")
    keep(folder)
    assert 'id="slices"' not in page_of(tmp_path / "out")


def test_attributes_of_other_pixels_are_not_used(out: Path):
    file = out / "rain100h" / "prenet" / "attributes.jsonl"
    file.write_text(re.sub(r'"pair": "\w+"', '"pair": "ffffffffffffffff"', file.read_text()))
    assert 'id="slices"' not in page_of(out)


def test_names_of_attributes_and_models_are_text(tmp_path: Path):
    hostile = "<script>alert(1)</script>"
    keep(write_run(tmp_path / "out", BASE), hostile)
    write_run(tmp_path / "out", replace(BASE, model="dark", title=hostile, psnr=list(SHARED + GAIN)))
    html = write_report(find_runs(tmp_path / "out"), tmp_path / "report").read_text(encoding="utf-8")
    assert 'id="slices"' in html
    assert hostile not in html
