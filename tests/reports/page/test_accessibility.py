"""Pages for everybody: axe finds nothing, the keyboard reaches everything, colours may be forced, paper is clean."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.browsers import opened
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.site import write_site

pytestmark = pytest.mark.slow

AXE = "axe-core@4.11.0"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from the package registry of npm."""
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("needs npm")
    try:
        subprocess.run([npm, "pack", AXE, "--silent"], cwd=folder, check=True, capture_output=True, timeout=120)  # noqa: S603 -- a fixed command
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip(f"npm cannot get {AXE} here")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture(scope="module")
def pages(report: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    front = write_site(find_runs(report.parent.parent), tmp_path_factory.mktemp("site"))
    models, datasets = front.parent / "models", front.parent / "datasets"
    return {"front": front, "model": models / "PReNet.html", "data set": next(datasets.iterdir())}


@pytest.mark.parametrize("look", [("light", 360), ("light", 1280), ("dark", 1280)], ids=str)
@pytest.mark.parametrize("name", ["front", "model", "data set"])
def test_axe_finds_no_violation(browser: Any, axe: str, pages: dict[str, Path], name: str, look: tuple[str, int]):
    for page in opened(browser, pages[name], width=look[1]):
        page.emulate_media(color_scheme=look[0])
        if name == "front":
            page.locator("#differences").scroll_into_view_if_needed()
            page.locator("#pair-frame svg").wait_for()
            page.locator("[name=view-mode][value=absolute]").check()
        page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_every_control_is_reached_by_the_keyboard_alone(browser: Any, report: Path):
    for page in opened(browser, report):
        page.locator("#differences").scroll_into_view_if_needed()
        page.locator("#pair-frame svg").wait_for()
        page.evaluate("scrollTo(0, 0)")
        wanted = set(
            page.locator("select:visible, input:visible, #stage, #pair-frame, .joined button:visible").evaluate_all(
                "nodes => nodes.filter(({ type }) => type !== 'radio').map(({ id }) => id)"
            )
        )
        seen: set[str] = set()
        for _ in range(400):
            page.keyboard.press("Tab")
            seen.add(page.evaluate("document.activeElement.id"))
            if wanted <= seen:
                break
        assert wanted - seen == set()


def test_forced_colours_keep_numbers_and_marks(browser: Any, report: Path):
    for page in opened(browser, report):
        page.emulate_media(forced_colors="active")
        assert page.locator(".best .value").first.evaluate("node => getComputedStyle(node).textDecorationLine") == (
            "underline"
        )
        page.locator("#differences").scroll_into_view_if_needed()
        page.locator("#pair-frame svg").wait_for()
        fills = page.locator("#pair-frame path").evaluate_all("nodes => nodes.map((n) => getComputedStyle(n).fill)")
        assert len(set(fills)) == 2


@pytest.fixture
def printed(browser: Any, report: Path) -> Iterator[Any]:
    for page in opened(browser, report, width=718):  # A4 without its margins
        page.emulate_media(media="print")
        yield page


def test_on_paper_names_are_readable_and_costs_have_a_table_of_their_own(printed: Any):
    heads = printed.locator(".results th.model").evaluate_all("nodes => nodes.map((node) => node.clientWidth)")
    assert min(heads) >= 90
    assert printed.locator(".results .cost:visible").count() == 0
    assert printed.locator(".costs td:visible").count() == 3 * 3
    assert printed.locator(".controls:visible, .viewer:visible, nav:visible").count() == 0
    assert printed.evaluate("document.documentElement.scrollWidth") <= 718


def test_printing_gives_a4_pages(browser: Any, report: Path):
    for page in opened(browser, report):
        paper = page.pdf(prefer_css_page_size=True)
        assert paper.startswith(b"%PDF")
        assert b"/MediaBox [0 0 594" in paper or b"/MediaBox [0 0 595" in paper
        assert io.BytesIO(paper).getbuffer().nbytes < 5_000_000
