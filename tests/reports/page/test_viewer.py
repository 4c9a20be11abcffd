"""The picture viewer in a real browser: every control, every key, links to a view, and error maps."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from helpers.browsers import Page, opened
from helpers.optional import known
from helpers.report_runs import FakeRun, write_run
from helpers.waiting import wait_until
from PIL import Image
from restorebench.bench.runs.pictures import picture_path
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.page import write_report, write_single_file

pytestmark = pytest.mark.slow

PRENET = FakeRun()
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4221, weights="b" * 64)
TV = replace(PRENET, model="tv", title="Total variation", psnr=20.0, weights="c" * 64)
TRANSFORMS = "nodes => nodes.map((node) => node.style.transform)"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models; the last one kept no picture of the fourth image."""
    out = tmp_path_factory.mktemp("viewer")
    write_run(out, PRENET, pictures=range(4))
    write_run(out, PRN_R, pictures=range(4))
    write_run(out, TV, pictures=range(3))
    return write_report(find_runs(out), out / "report")


@pytest.fixture
def page(browser: Any, shown: Path) -> Iterator[Page]:
    for page in opened(browser, shown):
        page.locator("#view-scores tbody td", has_text=".").first.wait_for()
        yield page


def view_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(page.evaluate("location.hash").removeprefix("#")).items()}


def choose_image(page: Page, key: str) -> None:
    value = page.locator("#view-picture option").filter(has_text=key).first.get_attribute("value")
    page.select_option("#view-picture", value)


def test_slider_zoom_and_pan(page: Page):
    stage = page.locator("#stage")
    stage.focus()
    over = page.locator(".layer.over")
    before = over.evaluate("node => node.style.clipPath")
    page.keyboard.press(".")
    assert over.evaluate("node => node.style.clipPath") != before
    still = page.locator("#stage img").evaluate_all(TRANSFORMS)
    page.keyboard.press("+")
    zoomed = page.locator("#stage img").evaluate_all(TRANSFORMS)
    page.keyboard.press("ArrowRight")
    panned = page.locator("#stage img").evaluate_all(TRANSFORMS)
    assert still != zoomed != panned
    assert len(set(panned)) == 1  # both pictures move together
    handle = page.locator(".handle").bounding_box()
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + 100)
    page.mouse.down()
    box = stage.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, handle["y"] + 100)
    page.mouse.up()
    percent = re.search(r"([\d.]+)%", over.evaluate("node => node.style.clipPath"))
    assert float(known(percent)[1]) == pytest.approx(25, abs=1)


def test_dragging_pans_and_one_to_one_recentres(page: Page):
    images = page.locator("#stage img")
    page.click("#zoom-in")
    page.locator("#stage").scroll_into_view_if_needed()
    box = page.locator("#stage").bounding_box()
    before = images.evaluate_all(TRANSFORMS)
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 120)
    page.mouse.up()
    assert images.evaluate_all(TRANSFORMS) != before
    page.click("#zoom-one")
    left, top = (box["width"] / 2 - 120, box["height"] / 2 - 90)  # of a picture of 240 x 180 in the middle
    numbers = re.findall(r"-?[\d.]+", images.evaluate_all(TRANSFORMS)[0])
    assert [float(number) for number in numbers] == pytest.approx([left, top, 1], abs=1)
    assert page.locator("#zoom-level").inner_text() == "100 %"
    page.click("#zoom-fit")
    assert page.locator("#zoom-level").inner_text() != "100 %"
    page.click("#zoom-out")


def test_the_largest_difference_of_a_disputed_image_is_brought_near(browser: Any, tmp_path: Path):
    for fake in (PRENET, PRN_R):
        write_run(tmp_path, replace(fake, images=4, found=4), pictures=range(4))
    for page in opened(browser, write_report(find_runs(tmp_path), tmp_path / "report")):
        page.click("#zoom-focus")
        assert float(view_of_later(page)["zoom"]) >= 3


def view_of_later(page: Page) -> dict[str, str]:
    """The view after a move, which is written when it has ended."""
    level = float(page.locator("#zoom-level").inner_text().removesuffix(" %")) / 100
    wait_until(lambda: float(view_of(page).get("zoom", 0)) == pytest.approx(level, abs=0.005))
    return view_of(page)


def test_scores_of_all_models_stand_beside_the_picture_best_first(page: Page, shown: Path):
    key = "seq00/000000"
    choose_image(page, key)
    runs = {run.info.model.title: run for run in find_runs(shown.parent.parent)}
    records = {title: next(each for each in run.records if each.key == key) for title, run in runs.items()}
    for metric, digits in (("psnr", 2), ("ssim", 3)):
        page.locator("#view-scores .sort", has_text=metric.upper()).click()
        head = page.locator("#view-scores th", has_text=metric.upper())
        assert head.get_attribute("aria-sort") == "descending"
        expected = sorted(records, key=lambda title: -known(records[title].metrics[metric]))
        assert page.locator("#view-scores tbody th").all_inner_texts() == expected
        column = {"psnr": 2, "ssim": 3}[metric]
        values = page.locator(f"#view-scores tbody tr > :nth-child({column})").all_inner_texts()
        assert values == [f"{records[title].metrics[metric]:.{digits}f}" for title in expected]
    page.locator("#view-scores button", has_text="PRN_r").click()
    assert view_of(page)["right"] == "PRN_r"


def test_a_model_without_a_picture_of_the_image_still_has_its_score(page: Page):
    choose_image(page, "seq00/000003")
    assert page.locator("#view-scores tbody th", has_text="Total variation (no picture kept)").count() == 1
    assert page.locator("#strip .crop-box").count() == 4


def test_keys_walk_through_images_models_and_views(page: Page):
    page.locator("#stage").focus()
    first = page.locator("#view-caption").inner_text()
    page.keyboard.press("n")
    assert page.locator("#view-caption").inner_text() != first
    page.keyboard.press("p")
    assert page.locator("#view-caption").inner_text() == first
    ranking = page.locator("#view-scores tbody button").all_inner_texts()
    seen = [view_of(page)["right"]]
    for _ in ranking[1:]:
        page.keyboard.press("m")
        seen.append(view_of(page)["right"])
    assert sorted(seen) == sorted(ranking)
    page.keyboard.press("Shift+M")
    assert view_of(page)["right"] == seen[-2]
    page.keyboard.press("l")
    assert view_of(page)["left"] == "target"
    page.keyboard.press("Shift+L")
    page.keyboard.press("x")
    assert (view_of(page)["left"], view_of(page)["right"]) == (seen[-2], "degraded")
    for key, mode in (("b", "pair"), ("e", "absolute"), ("d", "signed"), ("s", "slider")):
        page.keyboard.press(key)
        assert view_of(page)["mode"] == mode
        assert page.locator("[name=view-mode]:checked").get_attribute("value") == mode
    page.keyboard.press("1")
    assert page.locator("#zoom-level").inner_text() == "100 %"
    page.keyboard.press("0")
    assert page.locator("#zoom-level").inner_text() != "100 %"


def test_the_question_mark_lists_the_keys_and_letters_in_a_field_do_nothing(page: Page):
    page.locator("#filter-text").fill("")
    page.locator("#filter-text").press("n")
    assert view_of(page) == {}
    page.locator("#stage").focus()
    page.keyboard.press("?")
    assert "next and previous image" in page.locator("#shortcuts").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#shortcuts").is_visible()
    page.click("#view-keys")
    assert page.locator("#shortcuts").is_visible()
    page.locator("#shortcuts .shut").click()


def test_a_copied_link_opens_the_same_view(browser: Any, page: Page, shown: Path):
    choose_image(page, "seq00/000002")
    page.select_option("#view-left", label="Total variation")
    page.select_option("#view-right", label="PRN_r")
    page.check("[name=view-mode][value=absolute]")
    page.select_option("#view-range", "16")
    page.click("#zoom-in")
    view = view_of_later(page)
    assert view["image"] == "seq00/000002"
    for copy in opened(browser, shown, fragment=f"#{urlsplit(page.url).fragment}"):
        copy.locator("#stage canvas").first.wait_for()
        assert copy.locator("#view-caption").inner_text() == page.locator("#view-caption").inner_text()
        assert copy.locator("#view-range").input_value() == "16"
        assert copy.locator("#zoom-level").inner_text() == page.locator("#zoom-level").inner_text()
        assert copy.locator("#stage .label").all_inner_texts() == [
            "|Total variation \N{MINUS SIGN} target|",
            "|PRN_r \N{MINUS SIGN} target|",
        ]


def test_the_back_button_returns_to_the_view_before(page: Page):
    page.locator("#stage").focus()
    first = page.locator("#view-caption").inner_text()
    page.click("#view-next")
    second = page.locator("#view-caption").inner_text()
    page.keyboard.press("Tab")
    page.click("#view-previous")
    page.go_back()
    assert page.locator("#view-caption").inner_text() == second
    page.go_back()
    assert page.locator("#view-caption").inner_text() == first
    page.go_forward()
    assert page.locator("#view-caption").inner_text() == second


def test_a_link_to_an_image_without_a_picture_says_so(browser: Any, shown: Path):
    for page in opened(browser, shown, fragment="#set=rain100h+rain100h%401&image=seq09%2F000099"):
        assert "no picture in this report" in page.locator("#view-caption").inner_text()


def test_a_card_of_the_gallery_opens_in_the_viewer(page: Page):
    card = page.locator(".card").last
    key = card.locator(".key").inner_text()
    card.locator("img").first.click()
    assert key in page.locator("#view-caption").inner_text()
    assert view_of(page)["image"] == key


def test_every_image_has_one_card(page: Page):
    keys = page.locator(".card .key").all_inner_texts()
    assert len(keys) == len(set(keys)) == 4


@pytest.mark.parametrize("form", ["folder", "single file"])
def test_error_maps_show_the_error(browser: Any, tmp_path: Path, form: str):
    """A grey picture that is 10, and a coloured one that is 0, 6 and 12 levels brighter than its target."""
    levels = {"prenet": (110, 110, 110), "prn-r": (100, 106, 112)}
    for model, colour in levels.items():
        fake = replace(PRENET if model == "prenet" else PRN_R, images=1, found=100)
        folder = write_run(tmp_path / "runs", fake, pictures=[0])
        key = find_runs(folder)[0].records[0].key
        for path, fill in (
            (folder.parent / "images" / "target", (100, 100, 100)),
            (folder.parent / "images" / "degraded", (0, 0, 0)),
            (folder / "restored", colour),
        ):
            Image.new("RGB", (120, 80), fill).save(picture_path(path, key))
    runs, front = find_runs(tmp_path / "runs"), tmp_path / "report.html"
    if form == "folder":
        front = write_report(runs, tmp_path / "report")
    else:
        write_single_file(runs, front)
    for page in opened(browser, front):
        page.select_option("#view-left", label="PReNet")
        page.select_option("#view-right", label="PRN_r")
        page.check("[name=view-mode][value=absolute]")
        page.select_option("#view-range", "16")
        wait_for_maps(page)
        shot = np.asarray(Image.open(io.BytesIO(page.locator("#stage").screenshot())).convert("RGB"), dtype=float)
        pixels = [shot[shot.shape[0] // 2, int(shot.shape[1] * share)] for share in (0.25, 0.75)]
        assert pixels[0] == pytest.approx(viridis(10 / 16), abs=4)
        assert pixels[1] == pytest.approx(viridis(6 / 16), abs=4)
        page.locator("#stage canvas").first.hover()
        page.locator("#view-value", has_text="PRN_r").wait_for()
        words = page.locator("#view-value").inner_text()
        assert "|PReNet \N{MINUS SIGN} target| 10.0" in words
        assert "|PRN_r \N{MINUS SIGN} target| 6.0" in words
        assert page.locator("#view-scale-bar").inner_text().split() == ["0", "16"]
        page.check("[name=view-mode][value=signed]")
        assert page.locator("#view-scale-bar").inner_text().split() == ["\N{MINUS SIGN}16", "16"]
        page.select_option("#view-left", label="degraded")
        page.locator("#stage canvas").first.hover(position={"x": 50, "y": 30})
        page.locator("#view-value", has_text="degraded").wait_for()
        assert "degraded \N{MINUS SIGN} target \N{MINUS SIGN}100.0" in page.locator("#view-value").inner_text()


def wait_for_maps(page: Page) -> None:
    painted = "nodes => nodes.every((node) => node.getContext('2d').getImageData(60, 40, 1, 1).data[3] === 255)"
    wait_until(lambda: page.locator("#stage canvas").evaluate_all(painted))


def viridis(share: float) -> list[float]:
    from matplotlib import colormaps

    return [255 * channel for channel in colormaps["viridis"](share)[:3]]


def test_a_long_name_has_the_width_of_its_pane(page: Page):
    page.check("[name=view-mode][value=absolute]")
    cut = page.locator("#stage .label").evaluate_all(
        """nodes => nodes.map((node) => {
            node.textContent = "|NAFNet-nano derain + PDE \u2212 target|";
            return node.scrollWidth > node.clientWidth;
        })"""
    )
    assert cut == [False, False]
