"""The driver as a fixture, which prints its count, and fails where an input escapes or the terminal is written on."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from robustness.driver import Tally, fuzz


@pytest.fixture
def fuzzed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Tally]:
    """Run a fuzzer as `driver.fuzz` does, in which `found` is a temporary folder."""

    def run(
        kind: str, mutated: Callable[[random.Random], bytes], read: Callable[[bytes], object], *, count: int
    ) -> Tally:
        tally = fuzz(kind, mutated, read, count=count, found=tmp_path / "found")
        written = "".join(capfd.readouterr())
        with capfd.disabled():
            print(f"\n{tally} ", end="")  # noqa: T201 -- the counts are what a person runs a fuzzer for
        assert not tally.escaped, "\n".join(tally.escaped)
        assert not written, f"written on the terminal: {written[:500]}"
        return tally

    return run
