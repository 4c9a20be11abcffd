"""Waiting for a condition, with a deadline, in place of sleeping for as long as it usually takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["wait_until", "when"]

INTERVAL = 0.01


def wait_until(condition: Callable[[], object], seconds: float = 90) -> None:
    """Return as soon as `condition` is true; fail the test if it is not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"a condition was still false after {seconds:g} s"
        time.sleep(INTERVAL)


def when(condition: Callable[[], object], act: Callable[[], object]) -> threading.Thread:
    """Start a thread that calls `act` as soon as `condition` is true."""

    def body() -> None:
        wait_until(condition)
        act()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    return thread
