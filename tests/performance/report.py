"""How long a large report takes, and how the page feels: 50 models x 4 data sets x 1111 images.

python tests/performance/report.py [--models N] [--images N]
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS, MEMORY_MB, HTML_MB, PAINT_MS, SORT_MS = 10.0, 1000.0, 1.0, 1000.0, 100.0
"""What the report is allowed."""

TIMED = "() => { const start = performance.now(); %s; document.body.offsetHeight; return performance.now() - start; }"
"""Runs a statement and lays the page out; returns milliseconds."""

sys.path.insert(0, str(Path(__file__).parents[1]))


def generate(out: Path, models: int, images: int) -> None:
    from helpers.report_runs import FakeRun, write_run

    for dataset in ("rain100h", "gopro", "realblur-j", "hide"):
        for model in range(models):
            fake = FakeRun(
                model=f"model-{model}",
                title=f"Model-{model}",
                family=f"Family {model % 8}",
                dataset=dataset,
                psnr=25 + model / 10,
                ssim=0.8 + model / 1000,
                images=images,
                found=images,
                weights=f"{model:064x}",
            )
            write_run(out, fake)


def render(out: Path) -> None:
    """In a process of its own, so that its memory is its own."""
    from restorebench.bench.runs.run import find_runs
    from restorebench.reports.page.page import write_report

    start = time.perf_counter()
    runs = find_runs(out)
    read = time.perf_counter() - start
    page = write_report(runs, out / "report")
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"reading {read:.1f} s, drawing {seconds - read:.1f} s")
    compare("render", seconds, SECONDS, "s")
    compare("memory", memory, MEMORY_MB, "MB")
    compare("index.html", page.stat().st_size / 1e6, HTML_MB, "MB")


def browse(page: Path) -> None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        say("the page itself: needs playwright")
        return
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        say("the page itself: needs chromium")
        return
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        shown = browser.new_page(viewport={"width": 1280, "height": 900})
        shown.goto(page.as_uri())
        shown.wait_for_timeout(500)
        paint = shown.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        compare("first paint", paint, PAINT_MS, "ms")
        sort = "document.querySelector('.sort').click()"
        compare("sort", shown.evaluate(TIMED % sort), SORT_MS, "ms")
        words = "box.value = 'model-4'; box.dispatchEvent(new Event('input', { bubbles: true }))"
        search = f"const box = document.getElementById('filter-text'); {words}"
        compare("filter", shown.evaluate(TIMED % search), SORT_MS, "ms")
        browser.close()


def compare(what: str, value: float, allowed: float, unit: str) -> None:
    say(f"{what:12} {value:9.2f} {unit:3} of {allowed:.0f} {unit}: {value / allowed:.2f} of what is allowed")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--images", type=int, default=1111)
    parser.add_argument("--render-only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.render_only:
        render(options.render_only)
        return
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        generate(Path(folder), options.models, options.images)
        say(f"{4 * options.models} runs of {options.images} images made in {time.perf_counter() - start:.1f} s")
        subprocess.run([sys.executable, __file__, "--render-only", folder], check=True)  # noqa: S603 -- this very file
        browse(Path(folder) / "report" / "index.html")


if __name__ == "__main__":
    main()
