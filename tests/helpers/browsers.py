"""A report in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["UNTOUCHED", "Page", "launch", "opened"]

Page = Any
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FIREFOX = ("firefox", "firefox-esr")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

UNTOUCHED = dict.fromkeys(("color_scheme", "contrast", "forced_colors", "reduced_motion"), "null")
"""A Firefox of the system cannot be told other preferences."""


def launch(driver: Any, name: str) -> Any:
    """Start the browser `chromium` or `firefox`; `None` where there is none that can be driven."""
    installed = next(filter(None, map(shutil.which, CHROMIUM if name == "chromium" else FIREFOX)), None)
    if name == "chromium":
        return driver.chromium.launch(executable_path=installed, args=FLAGS) if installed else None
    if Path(driver.firefox.executable_path).is_file():
        return driver.firefox.launch()
    return driver.firefox.launch(channel="moz-firefox", executable_path=installed) if installed else None


def opened(browser: Any, report: Path, *, fragment: str = "", width: int = 1280) -> Iterator[Page]:
    """Yield the opened page; fail if it logs an error, opens an alert or asks for more than files."""
    shown = browser.new_page(viewport={"width": width, "height": 900}, **UNTOUCHED)
    problems: list[str] = []
    shown.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
    shown.on("pageerror", lambda error: problems.append(str(error)))
    shown.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
    shown.on("request", lambda ask: problems.append(ask.url) if not ask.url.startswith(("file:", "data:")) else None)
    shown.set_default_timeout(15_000)
    shown.goto(report.as_uri() + fragment)
    yield shown
    shown.close()
    assert problems == []
