from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from restorebench.bench.errors import RestorationError
from restorebench.bench.profiling.memory.programs import peak_of_programs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at through Linux's /proc")

MEBI = 2**20
HOLD = "import time; held = bytearray(b'1') * (100 << 20); time.sleep(0.05)"


def python(code: str) -> None:
    subprocess.run([sys.executable, "-S", "-c", code], check=True)  # noqa: S603 -- code of this file


def test_a_program_is_charged_with_its_own_memory_and_not_with_that_of_its_parent():
    own = bytearray(b"1") * (300 * MEBI)
    assert 100 * MEBI < peak_of_programs(lambda: python(HOLD)) < 150 * MEBI < len(own)


def test_the_children_of_a_program_are_its_own():
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {HOLD!r}], check=True)"
    assert 100 * MEBI < peak_of_programs(lambda: python(nested)) < 200 * MEBI


def test_programs_one_after_the_other_are_not_added():
    def work() -> None:
        python(HOLD)
        python(HOLD)

    assert 100 * MEBI < peak_of_programs(work) < 150 * MEBI


def test_nothing_seen_is_no_zero():
    with pytest.raises(RestorationError, match="before its memory could be seen"):
        peak_of_programs(lambda: None)


def test_a_system_that_does_not_tell_children_is_a_sentence(tmp_path: Path):
    with pytest.raises(RestorationError, match="on Linux only"):
        peak_of_programs(lambda: python(HOLD), proc=tmp_path)
