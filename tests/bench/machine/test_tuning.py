from __future__ import annotations

import ctypes
import os
import sys
from types import SimpleNamespace

import pytest
from restorebench.bench.machine.tuning import tune_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only glibc is tuned")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What the C library is told, in an environment where nobody has set anything."""
    told: list[tuple[int, int]] = []

    def mallopt(parameter: int, value: int) -> None:
        told.append((parameter, value))

    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace(mallopt=mallopt))
    monkeypatch.setenv("OMP_WAIT_POLICY", "")  # so that it is put back as it was
    monkeypatch.delenv("OMP_WAIT_POLICY")
    for name in [name for name in os.environ if name.startswith("MALLOC_")]:
        monkeypatch.delenv(name)
    return told


def test_memory_is_kept_and_idle_threads_sleep(calls: list[tuple[int, int]]):
    tune_process()
    assert calls == [(-3, 1 << 30), (-1, 1 << 30)]
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"


def test_what_the_user_has_set_stays(calls: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    tune_process()
    assert calls == []
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


@pytest.mark.usefixtures("calls")
def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace())
    tune_process()
