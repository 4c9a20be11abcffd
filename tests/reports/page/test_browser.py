"""The report in a real browser: what scripts do, and that nothing is asked of a network."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.browsers import Page, opened
from helpers.paired_runs import write_paired_run
from helpers.report_runs import FakeRun, write_run
from PIL import Image
from restorebench.bench.files.images import save_png
from restorebench.bench.runs.pictures import picture_path
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.page import write_report, write_single_file
from restorebench.reports.page.site import write_site

pytestmark = pytest.mark.slow

PRENET = FakeRun(psnr=29.4599, ssim=0.8989, trained_on="Rain100H", official_quantiser="truncate", quantiser="truncate")
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4221, ssim=0.8734, weights="b" * 64)
EVIL = "<script>alert(1)</script>"


RAIN = ".part[data-task=deraining]"


def models(page: Page, part: str = RAIN) -> list[str]:
    return page.locator(f"{part} tbody tr:visible .name").all_inner_texts()


def test_every_task_has_a_table_of_its_own_models(page: Page):
    assert models(page) == ["PReNet", "PRN_r", EVIL]
    assert models(page, ".part[data-task=deblurring]") == ["PReNet"]


def test_sorting(page: Page):
    head = page.locator(f"{RAIN} thead tr:nth-child(2) th", has_text="PSNR")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert models(page) == ["PReNet", "PRN_r", EVIL]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert models(page) == [EVIL, "PRN_r", "PReNet"]


def test_models_without_a_number_come_last_in_both_directions(browser: Any, tmp_path: Path):
    write_run(tmp_path, PRENET)
    write_run(tmp_path, replace(PRN_R, dataset="realblur-j", images=30))
    write_run(tmp_path, replace(PRENET, dataset="realblur-j", images=30))
    write_run(tmp_path, replace(PRN_R, model="new", title="New", dataset="gopro", images=30, found=30))
    for page in opened(browser, write_report(find_runs(tmp_path), tmp_path / "report")):
        blur = ".part[data-task=deblurring]"
        button = page.locator(f"{blur} thead tr:nth-child(2) th", has_text="PSNR").nth(0).locator("button")
        for _ in range(2):
            button.click()
            assert models(page, blur)[0] == "New"


def test_filtering(page: Page):
    page.fill("#filter-text", "prn")
    assert models(page) == ["PRN_r"]
    page.fill("#filter-text", "")
    page.select_option("#filter-column", label="GoPro · gopro@1")
    assert page.locator(".results tbody tr:visible .name").all_inner_texts() == ["PReNet"]
    page.select_option("#filter-column", "")
    page.select_option("#filter-task", "deraining")
    assert page.locator(".part:visible").count() == 1
    page.select_option("#filter-task", "")
    page.select_option("#filter-family", "a_b&c%d")
    assert page.locator(".results tbody tr:visible .name").all_inner_texts() == [EVIL]


def test_a_search_without_a_result_says_so_and_can_be_cleared(page: Page):
    page.fill("#filter-text", "swinir")
    assert page.locator("#board-empty").is_visible()
    assert page.locator(".part:visible").count() == 0
    page.click("#board-clear")
    assert not page.locator("#board-empty").is_visible()
    assert models(page) == ["PReNet", "PRN_r", EVIL]


def test_operations_are_shown_by_one_convention_at_a_time(page: Page):
    heads = page.locator(f"{RAIN} th.cost[data-count]:visible")
    assert heads.all_inner_texts() == ["GMACs (all, 64x64)"]
    assert page.locator(f"{RAIN} tr", has_text="PRN_r").locator("td[data-count]:visible").inner_text() == "2.02"
    page.select_option("#choose-count", "GMACs (conv, 64x64)")
    assert heads.all_inner_texts() == ["GMACs (conv, 64x64)"]
    assert page.locator(f"{RAIN} tr", has_text="PRN_r").locator("td[data-count]:visible").inner_text() == "1.01"


def test_intervals_and_published_numbers_are_shown_on_request(page: Page):
    interval, published = page.locator(f"{RAIN} .ci").first, page.locator(f"{RAIN} .pub").first
    assert (interval.is_visible(), published.is_visible()) == (False, True)
    page.check("#show-intervals")
    page.uncheck("#show-published")
    assert (interval.is_visible(), published.is_visible()) == (True, False)


def test_interval_and_n_on_hover_and_by_keyboard(page: Page):
    cell = page.locator(f"{RAIN} tr", has_text="PRN_r").locator("td[data-cell]").first
    cell.hover()
    tip = page.locator("#tip").inner_text()
    assert "95 % interval" in tip
    assert "n = 100 images in 10 groups" in tip
    assert "https://github.com/csdwren/PReNet/blob/6d908d1e3c/README.md" in tip
    page.mouse.move(0, 0)
    page.locator(f"{RAIN} td[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#tip").is_visible()
    page.keyboard.press("Enter")
    assert page.locator("#details").is_visible()
    assert "restorebench run -m" in page.locator("#details").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#details").is_visible()


def test_labels_of_the_cost_plot_do_not_collide(page: Page):
    page.select_option("#front-y", label="PSNR on Rain100H")
    page.select_option("#front-x", label="GMACs (macs conv, 64x64)")
    boxes = page.locator("#front-plot text.name").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect())"
        ".map((box) => [box.left, box.top, box.right, box.bottom])"
    )
    assert len(boxes) == 3
    for index, (left, top, right, bottom) in enumerate(boxes):
        for other_left, other_top, other_right, other_bottom in boxes[:index]:
            apart = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
            assert apart


def test_the_cost_axis_may_be_linear(page: Page):
    page.select_option("#front-y", label="PSNR on Rain100H")
    page.select_option("#front-x", label="Parameters, M")
    places = "nodes => nodes.map((node) => node.cx.baseVal.value)"
    logarithmic = page.locator("#front-plot circle").evaluate_all(places)
    page.press("#front-log", "Space")  # a click may miss it while pictures above are laid out
    assert not page.is_checked("#front-log")
    linear = sorted(page.locator("#front-plot circle").evaluate_all(places))
    assert linear != sorted(logarithmic)
    assert linear[1] - linear[0] == pytest.approx(linear[2] - linear[1])  # 0.001, 0.002 and 0.003 M


def test_perception_is_drawn_against_distortion(browser: Any, tmp_path: Path):
    quality = {"a": (30.0, 0.9, 0.10), "b": (29.0, 0.8, 0.05), "c": (28.0, 0.7, 0.20)}
    for model, means in quality.items():
        values = {name: [mean] * 5 for name, mean in zip(("psnr", "ssim", "lpips"), means, strict=True)}
        write_paired_run(tmp_path, values, model=model, keys=list("12345"))
    for page in opened(browser, write_report(find_runs(tmp_path), tmp_path / "report")):
        assert page.locator("#trade-y option").all_inner_texts() == ["PSNR", "SSIM"]
        assert page.locator("#trade-x option").all_inner_texts() == ["LPIPS"]
        page.select_option("#trade-y", label="SSIM")
        titles = page.locator("#trade-plot circle title").evaluate_all("nodes => nodes.map((node) => node.textContent)")
        assert sorted(titles) == [
            "a: SSIM 0.900, LPIPS 0.100",
            "b: SSIM 0.800, LPIPS 0.050",
            "c: SSIM 0.700, LPIPS 0.200",
        ]
        assert page.locator("#trade-plot circle.behind, #trade-plot circle.partial").count() >= 1  # c, which both beat


def test_a_report_without_a_perceptual_metric_says_how_to_add_one(page: Page):
    assert "--metric niqe" in page.locator("#tradeoff").inner_text()


@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_the_page_is_never_wider_than_the_screen(page: Page, width: int):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


PDE = replace(PRENET, model="prenet+pde", title="PReNet + <b>PDE</b>", psnr=29.6, weights="d" * 64)


@pytest.fixture(scope="module", params=["folder", "single file"])
def physics(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of three models, two of which kept the fields of some images."""
    out = tmp_path_factory.mktemp("physics")
    write_run(out, PRENET, pictures=range(3))
    write_run(out, PDE, pictures=range(3), fields=(0, 1))
    write_run(out, replace(PDE, model="prn-r+pde", title="PRN_r + PDE", psnr=27.0), pictures=range(3), fields=(0,))
    if request.param == "folder":
        return write_report(find_runs(out), out / "report")
    write_single_file(find_runs(out), out / "report.html")
    return out / "report.html"


def choose_image(page: Page, key: str) -> None:
    choices = page.locator("#view-picture option")
    value = choices.filter(has_text=key).first.get_attribute("value")
    page.select_option("#view-picture", value)


def test_physics_models_show_their_fields_where_they_have_some(browser: Any, physics: Path):
    for page in opened(browser, physics):
        fields, summaries = page.locator("#view-fields"), page.locator("#view-fields summary")
        choose_image(page, "seq00/000000")
        assert summaries.all_inner_texts() == [
            f"Fields of the physics layer of {title}" for title in (PDE.title, "PRN_r + PDE")
        ]
        choose_image(page, "seq00/000001")
        assert summaries.count() == 1
        assert page.locator("#view-fields .field").count() == 4
        choose_image(page, "seq00/000002")
        assert not fields.is_visible()


def test_drawings_of_fields_load_and_say_what_they_show(browser: Any, physics: Path):
    for page in opened(browser, physics):
        choose_image(page, "seq00/000000")
        page.locator("#view-fields summary").first.click()
        page.locator("#view-fields").scroll_into_view_if_needed()
        images = page.locator("#view-fields details[open] img")
        images.evaluate_all("nodes => Promise.all(nodes.map((node) => node.decode()))")
        assert images.evaluate_all("nodes => nodes.map((node) => node.naturalWidth)") == [240, 240, 20, 20, 20]
        assert images.evaluate_all("nodes => nodes.map((node) => node.loading)") == ["lazy"] * 5
        assert images.evaluate_all("nodes => nodes.map((node) => node.alt)") == [
            "",
            "Drift as arrows over the degraded image, the longest 0.25 pixels of the layer over T",
            "Diffusivity along rows: 0.1 to 0.29 pixels² per unit of time",
            "Diffusivity along columns: 0.1 to 0.24 pixels² per unit of time",
            "Source: \N{MINUS SIGN}9.5 to 9.5 per unit of time",
        ]
        text = page.locator("#view-fields").inner_text()
        assert "K = 8 steps to T = 1, drawn in 20 \N{MULTIPLICATION SIGN} 15 cells" in text
        shapes = images.evaluate_all("nodes => nodes.map((node) => node.clientWidth / node.clientHeight)")
        assert shapes == pytest.approx([240 / 180] * 5, rel=0.01)


@pytest.mark.parametrize("form", ["folder", "single file"])
def test_sampled_restorations_show_their_states_and_spread(browser: Any, tmp_path: Path, form: str):
    out = tmp_path / "runs"
    write_run(out, PRENET, pictures=range(3))
    folder = write_run(out, PRN_R, pictures=range(3))
    kept = {"trajectory": (120, "seq00/000000", "seq00/000001"), "spread": (24, "seq00/000000")}
    for kind, (width, *keys) in kept.items():
        for key in keys:
            save_png(picture_path(folder / kind, key), np.full((18, width, 3), 90, np.uint8))
    picture_path(folder / "trajectory", "seq00/000002").write_bytes(b"damaged")
    if form == "folder":
        report = write_report(find_runs(out), out / "report")
    else:
        report = out / "report.html"
        write_single_file(find_runs(out), report)
    for page in opened(browser, report):
        images = page.locator("#view-traces img")
        for key, widths in (("seq00/000000", [120, 24]), ("seq00/000001", [120])):
            choose_image(page, key)
            assert page.locator("#view-traces summary").all_inner_texts() == ["Sampling by PRN_r"]
            if not page.locator("#view-traces details[open]").count():
                page.locator("#view-traces summary").click()
                page.wait_for_timeout(300)  # a browser tells of a fold after it has drawn it
            page.locator("#view-traces").scroll_into_view_if_needed()
            images.evaluate_all("nodes => Promise.all(nodes.map((node) => node.decode()))")
            assert images.evaluate_all("nodes => nodes.map((node) => node.naturalWidth)") == widths
        choose_image(page, "seq00/000002")
        assert not page.locator("#view-traces").is_visible()


def test_fields_fold_by_keyboard_and_stay_so(browser: Any, physics: Path):
    for page in opened(browser, physics):
        choose_image(page, "seq00/000000")
        state = "nodes => nodes.map((node) => node.open)"
        details = page.locator("#view-fields details")
        assert details.evaluate_all(state) == [False, False]
        page.locator("#strip button").last.focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        details.nth(1).locator(".field-grid").wait_for()
        page.wait_for_timeout(500)  # a browser tells of a fold after it has drawn it; people are no faster
        choose_image(page, "seq00/000001")
        choose_image(page, "seq00/000000")
        assert details.evaluate_all(state) == [False, True]


@pytest.mark.parametrize("width", [360, 1280, 2560])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_arrows_are_seen_at_any_width_and_in_any_light(browser: Any, physics: Path, width: int, scheme: str):
    for page in opened(browser, physics):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        choose_image(page, "seq00/000000")
        page.locator("#view-fields summary").first.click()
        page.locator("#view-fields .drawing").first.scroll_into_view_if_needed()
        page.locator("#view-fields .arrows").first.evaluate("node => node.decode()")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot = Image.open(io.BytesIO(page.locator("#view-fields .drawing").first.screenshot())).convert("RGB")
        pixels = np.asarray(shot, dtype=int)
        red: Any = (np.abs(pixels - (0xD8, 0x35, 0x2A)) < 30).all(axis=2)
        middle = shot.width // 2
        assert red[:, middle:].sum() > 4 * red[:, :middle].sum() > 0  # arrows right, dots left


def test_a_single_file_shows_pictures_and_differences(browser: Any, report: Path, tmp_path: Path):
    alone = tmp_path / "report.html"
    write_single_file(find_runs(report.parent.parent), alone)
    for page in opened(browser, alone):
        page.evaluate("Promise.all([...document.querySelectorAll('#stage img')].map((image) => image.decode()))")
        starts = page.locator(".card img").evaluate_all("nodes => nodes.map((node) => node.src.slice(0, 15))")
        assert set(starts) == {"data:image/png;"}
        page.locator("#differences").scroll_into_view_if_needed()
        page.locator(".verdict").wait_for()


def test_the_pages_of_a_site_work_and_link_to_each_other(browser: Any, report: Path, tmp_path: Path):
    front = write_site(find_runs(report.parent.parent), tmp_path / "site")
    for page in opened(browser, front):
        page.locator(".set-title a", has_text="Rain100H").click()
        page.locator(".sort").first.click()
        assert models(page) == ["PReNet", "PRN_r", EVIL]
        page.locator(".name a", has_text=EVIL).click()
        assert page.locator("h1").inner_text() == EVIL
        page.locator("nav a").click()
        assert page.url == front.as_uri()
