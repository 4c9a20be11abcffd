"""The trust in every cell of a leaderboard, and its filter, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.browsers import Page, opened
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.site import write_site
from restorebench.reports.rescoring import trusting

pytestmark = pytest.mark.slow

PRENET = FakeRun(psnr=29.4599, ssim=0.8989)
LEVELS = {
    "claimed": {},
    "mixed": {"rain100h@1": {"psnr": "re-scored"}},
    "rerun": {"rain100h@1": {"psnr": "re-run", "ssim": "re-run"}},
}


def write_trusted_site(folder: Path) -> Path:
    """Three models: claimed, re-scored but for SSIM, and re-run."""
    for place, name in enumerate(LEVELS):
        write_run(folder / "runs", replace(PRENET, model=name, title=name, psnr=30.0 - place, weights=str(place) * 64))
    runs = [trusting(run, LEVELS[run.model]) for run in find_runs(folder / "runs")]
    return write_site(runs, folder / "site")


def shown(page: Page) -> dict[str, list[str]]:
    """The visible numbers by model."""
    rows = page.locator(".results tbody tr:visible")
    return {
        row.locator(".name").inner_text(): [
            value.inner_text() for value in row.locator("td .value").all() if value.is_visible()
        ]
        for row in rows.all()
    }


def test_the_filter_leaves_what_is_trusted_enough(browser: Any, tmp_path: Path):
    for page in opened(browser, write_trusted_site(tmp_path)):
        assert [len(values) for values in shown(page).values()] == [2, 2, 2]
        page.select_option("#filter-trust", "re-scored")
        assert shown(page) == {"mixed": ["29.00"], "rerun": ["28.00", "0.899"]}
        assert page.locator("#board-count").inner_text() == "2 of 3 models"
        assert page.locator("td.best:visible .value:visible").all_inner_texts() == ["29.00"]
        page.select_option("#filter-trust", "re-run")
        assert shown(page) == {"rerun": ["28.00", "0.899"]}
        assert page.locator("td.best").count() == 0  # one model alone is not the best
        page.fill("#filter-text", "nothing")
        page.click("#board-clear")
        assert [len(values) for values in shown(page).values()] == [2, 2, 2]


def test_hidden_values_are_neither_sorted_by_nor_reached(browser: Any, tmp_path: Path):
    for page in opened(browser, write_trusted_site(tmp_path)):
        page.select_option("#filter-trust", "re-scored")
        page.locator(".results thead tr:nth-child(2) th", has_text="SSIM").locator("button").click()
        assert list(shown(page)) == ["rerun", "mixed"]
        page.locator("tr:visible td[data-trust=re-scored]").click()
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")  # its SSIM is claimed
        assert page.evaluate("document.activeElement.dataset.trust") != "claimed"


def test_a_number_tells_its_trust(browser: Any, tmp_path: Path):
    for page in opened(browser, write_trusted_site(tmp_path)):
        page.locator("td[data-trust=re-scored]").click()
        assert "Trust\nre-scored" in page.locator("#details-body").inner_text()
