"""One browser for all tests of pages, and a report to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.browsers import Page, launch, opened
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.runs.run import find_runs
from restorebench.reports.page.page import write_report

PRENET = FakeRun(psnr=29.4599, ssim=0.8989, trained_on="Rain100H", official_quantiser="truncate", quantiser="truncate")
PRN_R = replace(PRENET, model="prn-r", title="PRN_r", psnr=27.4221, ssim=0.8734, weights="b" * 64)
EVIL = replace(PRENET, model="evil", title="<script>alert(1)</script>", family="a_b&c%d", psnr=15.0, weights="c" * 64)


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(driver: Any) -> Iterator[Any]:
    chromium = launch(driver, "chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models on Rain100H, one of them with a hostile name, and one on GoPro."""
    out = tmp_path_factory.mktemp("runs")
    for fake in (PRENET, PRN_R, EVIL):
        write_run(out, fake, pictures=range(4))
    write_run(out, replace(PRENET, dataset="gopro", images=30, found=30))
    (out / "cost").mkdir()
    for index, model in enumerate(("prenet", "prn-r", "evil")):
        macs = {"conv, 64x64": 1e9 * (1 + index / 100), "all, 64x64": 2e9 * (1 + index / 100)}
        (out / "cost" / f"{model}.json").write_text(json.dumps({"params": 1000 * (index + 1), "macs": macs}))
    return write_report(find_runs(out), out / "report")


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Page]:
    """The opened report; the test fails if the page logs an error, opens an alert or asks for more than files."""
    yield from opened(browser, report)
