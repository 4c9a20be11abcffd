"""The report in Firefox, where one can be driven: the same controls do the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.browsers import UNTOUCHED, launch, opened

Error = pytest.importorskip("playwright.sync_api", reason="needs playwright").Error
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def firefox(driver: Any) -> Iterator[Any]:
    browser = launch(driver, "firefox")
    if browser is None:
        pytest.skip("needs firefox")
    try:
        browser.new_page(**UNTOUCHED).close()
    except Error as problem:  # by the protocol that it shares with others, not every Firefox can be driven
        pytest.skip(f"needs a Firefox of playwright's own: {problem.message.splitlines()[0]}")
    yield browser
    browser.close()


def test_board_viewer_and_differences_work(firefox: Any, report: Path):
    for page in opened(firefox, report):
        page.fill("#filter-text", "prn")
        assert page.locator(".results tbody tr:visible .name").all_inner_texts() == ["PRN_r"]
        page.fill("#filter-text", "")
        page.select_option("#view-column", label="Rain100H · rain100h@1")
        page.locator("#stage").focus()
        page.keyboard.press("e")
        page.locator("#stage canvas").first.hover()
        page.locator("#view-value", has_text="target").wait_for()
        assert "mode=absolute" in page.evaluate("location.hash")
        page.keyboard.press("n")
        page.go_back()
        assert "image 1 of" in page.locator("#view-caption").inner_text()
        page.locator("#differences").scroll_into_view_if_needed()
        page.locator("#pair-frame svg").hover(position={"x": 300, "y": 100})
        assert "difference" in page.locator("#tip").inner_text()


@pytest.mark.parametrize("width", [360, 2560])
def test_the_page_is_never_wider_than_the_screen(firefox: Any, report: Path, width: int):
    for page in opened(firefox, report, width=width):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
