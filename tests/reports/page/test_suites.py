from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.reports.board.board import build_board
from restorebench.reports.page.page import write_report
from restorebench.reports.page.site import write_site
from restorebench.reports.page.suites import suite_sections
from restorebench.reports.tables.table import draw_table

PARTS = {"rain100l": (30.0, 32.0), "snow100k-l": (26.0, 27.0), "sots-outdoor": (31.0, 35.0)}


def write_parts(out: Path, *datasets: str, model: str = "prenet", title: str = "PReNet", more: float = 0.0) -> None:
    for dataset in datasets:
        psnr = [value + more for value in PARTS[dataset] for _ in range(10)]
        run = FakeRun(model=model, title=title, dataset=dataset, protocol="rgb@1", psnr=psnr, images=20, found=20)
        write_run(out, run)


def section_of(out: Path) -> dict[str, Any]:
    (section,) = suite_sections(build_board(find_runs(out)))
    return section


def page_text(page: Path, identifier: str) -> str:
    html = page.read_text(encoding="utf-8")
    found = re.search(rf'<section id="{identifier}".*?</section>', html, re.DOTALL)
    return " ".join(re.sub("<[^>]+>", " ", found[0]).split()) if found else ""


def test_the_mean_of_a_suite_is_that_of_its_means_with_an_interval(tmp_path: Path):
    write_parts(tmp_path, *PARTS)
    text = page_text(write_report(find_runs(tmp_path), tmp_path / "report"), "suites")
    mean = fmean(fmean(values) for values in PARTS.values())
    assert "opir-3 · rgb@1" in text
    found = re.search(rf"{mean:.2f} \[(\d+\.\d+), (\d+\.\d+)\] n = 60", text)
    assert found, text
    table = draw_table(find_runs(tmp_path), "json")
    suite = next(item for item in json.loads(str(table)) if item["dataset"] == "opir-3" and item["metric"] == "psnr")
    assert found.groups() == (f"{suite['low']:.3f}", f"{suite['high']:.3f}")
    assert suite["low"] < mean < suite["high"]
    assert "Not measured" not in text


def test_a_row_says_which_part_it_lacks(tmp_path: Path):
    write_parts(tmp_path, *PARTS)
    write_parts(tmp_path, "rain100l", model="prn", title="PRN")
    section = section_of(tmp_path)
    rows = {row["title"]: row for row in section["rows"]}
    assert rows["PReNet"]["missing"] == []
    assert rows["PRN"]["missing"] == ["snow100k-l", "sots-outdoor"]
    assert all(cell["text"] == "" for cell in rows["PRN"]["cells"])
    text = page_text(write_report(find_runs(tmp_path), tmp_path / "report"), "suites")
    assert "PRN snow100k-l, sots-outdoor" in text


def test_most_of_a_suite_is_shown_without_a_mean(tmp_path: Path):
    write_parts(tmp_path, "rain100l", "sots-outdoor")
    section = section_of(tmp_path)
    assert [row["missing"] for row in section["rows"]] == [["snow100k-l"]]
    text = page_text(write_report(find_runs(tmp_path), tmp_path / "report"), "suites")
    assert "Not measured" in text
    assert "n =" not in text


@pytest.mark.parametrize("datasets", [["rain100l"], ["snow100k-l"]])
def test_a_single_data_set_is_no_suite(tmp_path: Path, datasets: list[str]):
    write_parts(tmp_path, *datasets)
    page = write_report(find_runs(tmp_path), tmp_path / "report")
    assert page_text(page, "suites") == ""
    assert "#suites" not in page.read_text(encoding="utf-8")


def test_parts_by_another_protocol_than_the_suites_own_are_shown_when_complete(tmp_path: Path):
    for dataset in PARTS:
        write_run(tmp_path, FakeRun(dataset=dataset, protocol="y@1", images=20, found=20))
    assert section_of(tmp_path)["protocol"] == "y@1"


def test_the_best_two_are_marked(tmp_path: Path):
    for model, title, more in [("prenet", "PReNet", 0.0), ("prn", "PRN", 1.0), ("prn-r", "PRN_r", -1.0)]:
        write_parts(tmp_path, *PARTS, model=model, title=title, more=more)
    ranks = {row["title"]: row["cells"][0]["rank"] for row in section_of(tmp_path)["rows"]}
    assert ranks == {"PRN": 1, "PReNet": 2, "PRN_r": 0}


def test_the_leaderboard_links_its_rows(tmp_path: Path):
    write_parts(tmp_path, *PARTS)
    page = write_site(find_runs(tmp_path), tmp_path / "site")
    html = page.read_text(encoding="utf-8")
    section = html[html.index('<section id="suites"') :]
    section = section[: section.index("</section>")]
    link = re.search(r'href="(models/[^"]+)"', section)
    assert link
    assert (page.parent / link[1]).is_file()
    assert 'id="suites"' not in next((page.parent / "datasets").iterdir()).read_text(encoding="utf-8")
