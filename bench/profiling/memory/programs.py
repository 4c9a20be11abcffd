"""Peak memory of the processes that this one starts, sampled while they run (Linux)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from ...errors import RestorationError

__all__ = ["peak_of_programs"]

EVERY_SECONDS = 0.002
"""Between two looks. The kernel keeps each process's own peak, so that a look misses only what grows after the last."""


def peak_of_programs(work: Callable[[], object], proc: Path = Path("/proc")) -> int:
    """The most bytes that the programs which `work` starts held together, their own children included.

    Args:
        work: starts programs and waits for them.
        proc: the kernel's view of processes.

    Raises:
        RestorationError: this system does not say which processes are whose, or the programs ended unseen.
    """
    if not (proc / "self" / "task" / str(os.getpid()) / "children").is_file():
        raise RestorationError("The memory of a program is measured on Linux only: add --no-memory.")
    watch = _Watch(proc)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        work()
    finally:
        watch.end.set()
        thread.join()
    if not watch.peak:
        raise RestorationError("The program ended before its memory could be seen: measure a larger image.")
    return watch.peak


class _Watch:
    """Looks at the programs until it is told to end."""

    def __init__(self, proc: Path) -> None:
        self._proc = proc
        self._own = _text(proc / "self" / "cmdline")
        self.end = threading.Event()
        self.peak = 0

    def run(self) -> None:
        """Look again and again."""
        while not self.end.wait(EVERY_SECONDS):
            self.peak = max(self.peak, sum(map(self._bytes, self._descendants("self"))))

    def _descendants(self, process: str) -> Iterator[str]:
        for children in (self._proc / process / "task").glob("*/children"):
            for child in _text(children).split():
                yield child
                yield from self._descendants(child)

    def _bytes(self, process: str) -> int:
        """The peak of a process; 0 for one that is over, or that is still this program about to become another."""
        if _text(self._proc / process / "cmdline") in (self._own, ""):
            return 0
        lines = dict(line.split(":", 1) for line in _text(self._proc / process / "status").splitlines() if ":" in line)
        return int(lines.get("VmHWM", "0").split()[0]) * 1024


def _text(file: Path) -> str:
    """What the kernel says; nothing about a process that is over."""
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
