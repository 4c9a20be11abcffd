"""Make the picture of the README from the report of the quickstart: `make picture`. It needs Chromium."""
# ruff: noqa: INP001 -- a script, of no package

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import sync_playwright
from restorebench.bench.cli import main
from restorebench.bench.files.atomic import write_atomic

__all__ = ["PICTURE", "SHOWN", "taken"]

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "report.png"
RUNS = ROOT / "build" / "picture"
SHOWN = {
    "set": "quickstart-rain rain13k@1",
    "image": "chelsea",
    "left": "degraded",
    "right": "NAFNet-nano derain + PDE",
    "mode": "slider",
}
"""What the viewer shows, as the page's address says it."""

WIDTH, HEIGHT, MARGIN = 1120, 640, 16
"""Pixels: of the window, whose height the viewer follows, and around what is cut out of it."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu")


def taken(report: Path, shown: dict[str, str]) -> bytes:
    """The viewer of a report's page, from its controls to its caption, as a PNG of 256 colours.

    Raises:
        LookupError: the page has nothing like what is to be shown.
    """
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=installed, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{report.resolve().as_uri()}#{urlencode(shown)}")
        page.wait_for_function("[...document.querySelectorAll('#stage img')].every(each => each.complete)")
        said = page.locator("#view-caption").inner_text()
        if shown["image"] not in said or "no picture" in said:
            raise LookupError(f"The page does not show {shown['image']}, but says: {said}")
        top, bottom = (page.locator(part).bounding_box() for part in ("#viewer", "#view-caption"))
        scrolled = page.evaluate("scrollY")  # boxes are places in the window, clips places on the page
        shot = page.screenshot(
            full_page=True,
            clip={
                "x": top["x"] - MARGIN,
                "y": top["y"] + scrolled - MARGIN,
                "width": top["width"] + 2 * MARGIN,
                "height": bottom["y"] + bottom["height"] - top["y"] + 2 * MARGIN,
            },
        )
        browser.close()
    # The colours of letters and links are few pixels, which a median cut would give up for more browns of a photograph.
    colours = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    packed = io.BytesIO()
    colours.save(packed, "PNG", optimize=True)
    return packed.getvalue()


if __name__ == "__main__":
    if code := main(["quickstart", "--out", str(RUNS)]):
        sys.exit(code)
    write_atomic(PICTURE, taken(RUNS / "report" / "index.html", SHOWN))
