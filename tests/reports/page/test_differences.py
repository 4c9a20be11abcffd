"""The plot of differences in a real browser: its numbers are those of `compare`, and it names every image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.browsers import Page, opened
from helpers.optional import known
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.comparison.comparison import compare
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.page import write_report

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Page]:
    for page in opened(browser, report):
        page.locator("#differences").scroll_into_view_if_needed()
        page.locator("#pair-frame svg").wait_for()
        yield page


def choose(page: Page, metric: str, one: str, other: str) -> str:
    page.select_option("#pair-metric", label=metric)
    page.select_option("#pair-a", label=one)
    page.select_option("#pair-b", label=other)
    return page.locator("#pair-sentence").inner_text()


@pytest.mark.parametrize("metric", ["psnr", "ssim"])
@pytest.mark.parametrize("pair", [("PReNet", "PRN_r"), ("PRN_r", "PReNet")])
def test_the_sentence_has_the_numbers_of_compare(page: Page, report: Path, metric: str, pair: tuple[str, str]):
    text = choose(page, metric.upper(), *pair)
    folder = report.parent.parent / "rain100h"
    names = {"PReNet": "prenet", "PRN_r": "prn-r"}
    found = compare(folder / names[pair[1]], folder / names[pair[0]]).metrics[metric]
    digits = {"psnr": 3, "ssim": 4}[metric]
    mean, low, high = (
        f"{known(value):+.{digits}f}".replace("-", "\N{MINUS SIGN}")
        for value in (found.difference, found.low, found.high)
    )
    assert f"{pair[0]} minus {pair[1]}: {metric.upper()} {mean}, 95 % interval {low} to {high}." in text
    first, second = (
        {record.key: known(record.metrics[metric]) for record in find_runs(folder / names[title])[0].records}
        for title in pair
    )
    differences = np.array([first[key] - second[key] for key in first])
    assert f"better on {(differences > 0).sum()}, worse on {(differences < 0).sum()}" in text


def test_interval_and_outliers_are_inside_the_frame(page: Page):
    choose(page, "PSNR", "PReNet", "PRN_r")
    frame = page.locator("#pair-frame svg").bounding_box()
    for part in ("rect.band", "path.win", "path.loss", "line.mean"):
        for box in page.locator(f"#pair-frame {part}").evaluate_all(
            "nodes => nodes.map((node) => node.getBBox()).map(({ y, height }) => [y, y + height])"
        ):
            assert 0 <= box[0] <= box[1] <= frame["height"]


def test_hovering_names_the_image_and_both_values(page: Page, report: Path):
    choose(page, "PSNR", "PReNet", "PRN_r")
    page.locator("#pair-frame svg").hover(position={"x": 400, "y": 100})
    words = page.locator("#tip").inner_text().split("\n")
    runs = {run.info.model.title: run for run in find_runs(report.parent.parent / "rain100h")}
    values = [
        next(record.metrics["psnr"] for record in runs[title].records if record.key == words[0])
        for title in ("PReNet", "PRN_r")
    ]
    assert words[1:3] == [f"PReNet: {values[0]:.2f}", f"PRN_r: {values[1]:.2f}"]
    page.mouse.move(5, 5)
    assert not page.locator("#tip").is_visible()


def test_arrows_go_from_image_to_image_and_enter_opens_one_in_the_viewer(page: Page):
    choose(page, "PSNR", "PReNet", "PRN_r")
    frame = page.locator("#pair-frame")
    frame.focus()
    said: set[str] = set()
    for _ in range(100):
        page.keyboard.press("ArrowRight")
        words = page.locator("#pair-point").text_content() or ""
        said.add(words)
        if words.startswith("seq00/000002,"):
            break
    assert len(said) > 1
    page.keyboard.press("Enter")
    caption = page.locator("#view-caption").inner_text()
    assert caption.startswith("seq00/000002,")
    assert "PRN_r on the left, PReNet on the right" in caption


def test_a_click_opens_the_image_or_says_that_it_has_no_picture(page: Page):
    choose(page, "PSNR", "PReNet", "PRN_r")
    plot = page.locator("#pair-frame svg")
    at = page.locator("#pair-frame circle.kept").first.evaluate("node => node.cx.baseVal.value")
    plot.hover(position={"x": at, "y": 60})
    key = page.locator("#tip").inner_text().split("\n")[0]
    plot.click(position={"x": at, "y": 60})
    assert page.locator("#view-caption").inner_text().startswith(f"{key},")
    page.locator("#differences").scroll_into_view_if_needed()
    kept = page.locator("#pair-frame circle.kept").evaluate_all("nodes => nodes.map((node) => node.cx.baseVal.value)")
    bare = next(x for x in range(100, 1000, 7) if min(abs(x - place) for place in kept) > 20)
    plot.click(position={"x": bare, "y": 60})
    assert "No picture of this image" in page.locator("#tip").inner_text()


def test_groups_are_seen_in_the_plot_and_as_a_table(page: Page):
    choose(page, "PSNR", "PReNet", "PRN_r")
    page.select_option("#pair-order", "group")
    names = page.locator("#pair-frame text.tick").all_text_contents()
    assert [name for name in names if re.fullmatch(r"seq\d\d", name)] == [f"seq{index:02d}" for index in range(10)]
    assert page.locator("#pair-frame line.mean").count() == 10
    page.locator("#pair-groups summary").click()
    assert page.locator("#pair-groups tbody tr").count() == 10
    page.select_option("#pair-order", "difference")
    assert page.locator("#pair-frame line.mean").count() == 1


def test_a_model_minus_itself_is_refused(page: Page):
    assert choose(page, "PSNR", "PReNet", "PReNet") == "Choose two models."
    assert not page.locator("#pair-frame").is_visible()


def test_the_sentence_says_which_images_are_left_out(browser: Any, tmp_path: Path):
    """The first two of 100 images are shared, so that the mean is of them alone."""
    write_run(tmp_path, FakeRun())
    write_run(tmp_path, replace(FakeRun(), model="tv", title="Total variation", psnr=(20.0, 21.0), images=2))
    for page in opened(browser, write_report(find_runs(tmp_path), tmp_path / "report")):
        text = choose(page, "PSNR", "PReNet", "Total variation")
        assert text.endswith("of 2 images. Left out: 98 images with a value from one of the two only.")


def test_two_images_make_two_narrow_bars_and_nothing_is_marked_before_the_pointer_comes(browser: Any, tmp_path: Path):
    for title, psnr in (("First", [30.0, 31.0]), ("Second", [28.0, 27.0])):
        fake = FakeRun(model=title.lower(), title=title, psnr=psnr, images=2, found=2, weights=title.encode().hex() * 4)
        write_run(tmp_path, fake)
    report = write_report(find_runs(tmp_path), tmp_path / "report")
    for page in opened(browser, report):
        page.locator("#differences").scroll_into_view_if_needed()
        page.locator("#pair-frame svg").wait_for()
        mark = page.locator("#pair-frame .pointed")
        assert mark.get_attribute("visibility") == "hidden"
        box = page.locator("#pair-frame path.win").evaluate("node => node.getBBox().width")
        assert 120 < box < 240
        assert "Dashed: mean." in page.locator("#pair-legend").inner_text()
        page.locator("#pair-frame svg").hover(position={"x": 100, "y": 100})
        assert mark.get_attribute("visibility") == "visible"
        page.locator("#pair-sentence").hover()
        assert mark.get_attribute("visibility") == "hidden"
