"""The GPU as the system shows it: its name, its driver, its lock, and CUDA_VISIBLE_DEVICES."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch
from helpers.gpu import NEEDS_GPU
from restorebench.bench.errors import UsageError
from restorebench.bench.machine.gpu_locks import gpu_name, hold_alone, share
from restorebench.bench.machine.hardware import gpu_facts, open_nvml
from restorebench.bench.models.devices import best_device, pick_device

pytestmark = NEEDS_GPU

SAYS = """
from restorebench.bench.machine.gpu_locks import gpu_name
from restorebench.bench.machine.hardware import open_nvml
from restorebench.bench.models.devices import best_device
device = best_device()
print(device, gpu_name(device), device == "cuda" and open_nvml(device) is not None)
"""
HOLDS = """
import sys
from restorebench.bench.machine.gpu_locks import gpu_name, hold_alone, share
with (hold_alone(gpu_name("cuda")) if sys.argv[1] == "alone" else share(gpu_name("cuda"), print)):
    print("held", flush=True)
    sys.stdin.readline()
"""


def said(visible: str) -> list[str]:
    """What a process says that sees these GPUs."""
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": visible}
    done = subprocess.run(  # noqa: S603 -- our own
        [sys.executable, "-c", SAYS], env=environment, capture_output=True, text=True, check=True, timeout=100
    )
    return done.stdout.split()


def test_a_gpu_has_one_name_however_it_is_numbered():
    name = gpu_name("cuda")
    assert name is not None
    has_nvml = str(open_nvml("cuda") is not None)
    uuid = name if name.startswith("GPU-") else f"GPU-{name}"
    assert said("0") == ["cuda", name, has_nvml]
    assert said(uuid) == ["cuda", name, has_nvml]
    assert gpu_name("cuda:0") == name


def test_a_hidden_gpu_is_not_used():
    assert said("")[:2] == ["cpu", "None"]


def test_devices_that_are_not_there_are_named():
    count = torch.cuda.device_count()
    with pytest.raises(UsageError, match=rf"There is no cuda:{count}: this machine has {count} GPU"):
        pick_device(f"cuda:{count}")
    assert best_device() == "cuda"
    assert gpu_name(f"cuda:{count}") is None


def test_the_driver_answers_every_question():
    pytest.importorskip("pynvml")
    nvml = open_nvml("cuda")
    assert nvml is not None
    facts, state = gpu_facts("cuda", nvml), nvml.state()
    assert facts.name == torch.cuda.get_device_name()
    assert facts.memory_bytes > 1 << 30
    assert facts.driver
    assert 0 < state.sm_mhz <= facts.max_sm_mhz
    assert 0 < state.watts < 2 * facts.power_limit_watts
    assert 0 < state.celsius < 110
    before = nvml.joules()
    left = torch.rand(4096, 4096, device="cuda")
    for _ in range(200):
        left = (left @ left).clamp(0, 1)
    torch.cuda.synchronize()
    assert nvml.joules() >= before > 0
    used = nvml.process_bytes(os.getpid())
    assert used is None or used > 1 << 20  # a virtual machine may not list processes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for locks that no other test has."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("other", "may_share"), [("shared", True), ("alone", False)])
def test_two_processes_respect_each_other(folder: Path, other: str, *, may_share: bool):
    with subprocess.Popen(  # noqa: S603 -- our own
        [sys.executable, "-c", HOLDS, other],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().strip() == "held"
        with pytest.raises(UsageError, match="only be measured on an idle one"), hold_alone(gpu_name("cuda")):
            pass
        if may_share:
            with share(gpu_name("cuda"), pytest.fail):
                pass
        process.stdin.write("\n")
        process.stdin.close()
        assert process.wait(60) == 0
    with hold_alone(gpu_name("cuda")):
        pass
