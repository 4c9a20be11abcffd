from __future__ import annotations

import io
import json
import mmap
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.files.codec import encode
from restorebench.bench.profiling.latency.measurement import Failure
from restorebench.bench.profiling.memory import process
from restorebench.bench.profiling.memory.peaks import (
    CpuMemory,
    GpuMemory,
    MemoryJob,
    _read,
    cuda_peaks,
    run_job,
)
from restorebench.bench.profiling.memory.process import peak_resident, resident
from restorebench.bench.profiling.sweep import largest_fitting

MEBI = 1 << 20

HUNGRY = """\
import torch
from torch import nn


class Hungry(nn.Module):
    def __init__(self, small, large):
        super().__init__()
        self.small, self.large = small, large

    def forward(self, x):
        kept = [torch.ones(1 << 18) for _ in range(self.large if x.shape[-1] > 64 else self.small)]
        return x + 0 * len(kept)


def build():
    return Hungry(0, 300)


def always():
    return Hungry(300, 300)


def when_small():
    return Hungry(300, 0)


def dies():
    import os

    os.kill(os.getpid(), 9)


def fails():
    class Wrong(nn.Module):
        def forward(self, x):
            return x[..., 1:]

    return Wrong()
"""


@pytest.fixture
def hungry(tmp_path: Path) -> Path:
    """A file with a network that needs 300 MiB for an image larger than 64 pixels."""
    path = tmp_path / "mine.py"
    path.write_text(HUNGRY)
    return path


def job(model: str, size: int = 100, **settings: Any) -> MemoryJob:
    return MemoryJob(model, size, size, 1, InferenceSettings(), threads=1, **settings)


def test_growth_in_a_fresh_process_is_what_the_network_allocates(hungry: Path):
    memory = run_job(job(f"{hungry}:build"))
    assert isinstance(memory, CpuMemory)
    assert memory.growth == pytest.approx(300 * MEBI, rel=0.05)
    assert memory.peak >= memory.resting + memory.growth
    assert memory.resting > 100 * MEBI


def test_what_the_warm_up_took_is_neither_reused_nor_remembered(hungry: Path):
    always, small = (run_job(job(f"{hungry}:{name}")) for name in ("always", "when_small"))
    assert isinstance(always, CpuMemory)
    assert isinstance(small, CpuMemory)
    assert always.growth == pytest.approx(300 * MEBI, rel=0.05)
    assert small.growth < 20 * MEBI


def test_a_process_that_may_not_grow_so_far_is_out_of_memory_and_no_more(hungry: Path):
    failure = run_job(job(f"{hungry}:build", limit_bytes=200 * MEBI))
    assert isinstance(failure, Failure)
    assert failure.out_of_memory
    assert failure.reason.startswith("Out of memory at 100x100")
    assert isinstance(run_job(job(f"{hungry}:build", limit_bytes=600 * MEBI)), CpuMemory)


def test_every_other_end_of_a_process_is_a_failure_with_its_reason(hungry: Path):
    killed = run_job(job(f"{hungry}:dies"))
    assert killed == Failure("the process was ended by signal 9, as the system does when memory runs out", True)  # noqa: FBT003
    wrong = run_job(job(f"{hungry}:fails"))
    assert isinstance(wrong, Failure)
    assert not wrong.out_of_memory
    assert wrong.reason.startswith("The network returned the shape")
    assert run_job(job("identity"), timeout=0.05) == Failure("no result after 0 s")
    assert _read(1, "", "Traceback\nValueError: no") == Failure("ValueError: no")
    assert _read(3, "", "") == Failure("exit code 3")


def test_a_gpu_s_answer_is_read_as_that():
    text = 'a warning\n{"gpu": {"allocated": 5, "reserved": 6, "process": null}}\n'
    assert _read(0, text, "") == GpuMemory(5, 6, None)


def test_resident_memory_is_the_system_s():
    before = resident()
    # Mapped, not allocated: an allocator may hand out memory that the process has kept.
    block = mmap.mmap(-1, 50 * MEBI)
    for _ in range(50):
        block.write(b"x" * MEBI)
    assert resident() - before == pytest.approx(50 * MEBI, rel=0.1)
    assert peak_resident() >= resident() - 10 * MEBI
    assert len(block) == 50 * MEBI


def on_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, psutil: object) -> None:
    """Take away what Windows lacks: the kernel's files and `resource`."""
    monkeypatch.setattr(process, "PROC", tmp_path / "nowhere")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setitem(sys.modules, "psutil", psutil)


def test_memory_on_windows_is_psutil_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    memory = SimpleNamespace(rss=70 * MEBI, peak_wset=90 * MEBI)
    psutil = SimpleNamespace(Process=lambda: SimpleNamespace(memory_info=lambda: memory))
    on_windows(monkeypatch, tmp_path, psutil)
    assert (resident(), peak_resident()) == (70 * MEBI, 90 * MEBI)


def test_memory_on_windows_without_psutil_is_unknown_and_no_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    on_windows(monkeypatch, tmp_path, None)
    asked = replace(job("identity", 16), threads=torch.get_num_threads())  # the process is that of the other tests
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(encode(asked))))
    process.main()
    answer = _read(0, capsys.readouterr().out, "")
    assert isinstance(answer, Failure)
    assert answer.reason.startswith("The memory of a process is unknown on Windows without psutil: pip install psutil")
    assert not answer.out_of_memory


def test_peaks_of_a_gpu_are_those_of_the_call_alone():
    class Allocator:
        now = peak = 1000

        def reset(self) -> None:
            self.peak = self.now

        def peaks(self) -> tuple[int, int]:
            return self.peak, self.peak + 24

    allocator = Allocator()
    allocator.peak = 9999  # from loading the weights

    def work() -> None:
        allocator.peak = max(allocator.peak, 1500)

    assert cuda_peaks(work, allocator, None) == GpuMemory(1500, 1524, None)


# --- bisection


@pytest.mark.parametrize("most", [64, 100, 1000, 1025, 5000])
def test_bisection_finds_the_largest_side(most: int):
    tried: list[int] = []

    def outcome(side: int) -> str:
        tried.append(side)
        return "fits" if side <= most else "out of memory"

    found = largest_fitting(outcome, step=64)
    assert found.side == most // 64 * 64
    assert len(tried) == len(set(tried)) <= 16
    assert found.probes == {str(side): "fits" if side <= most else "out of memory" for side in tried}


def test_bisection_says_when_nothing_or_everything_fits():
    assert largest_fitting(lambda _: "no").side is None
    assert largest_fitting(lambda _: "fits", highest=512).side == 512
