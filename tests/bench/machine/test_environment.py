from __future__ import annotations

import os
import platform
from dataclasses import replace
from importlib import metadata

import torch
from restorebench.bench.machine.environment import Environment, current_environment

SAME = Environment("3.12.1", "Linux", "x86_64", "Some CPU", 2, {"torch": "2.6.0"})


def test_it_describes_this_process():
    found = current_environment("cpu")
    assert found.python == platform.python_version()
    assert found.packages["torch"] == metadata.version("torch")
    assert "opencv-python" not in found.packages or metadata.version("opencv-python")
    assert found.cpu_count == len(os.sched_getaffinity(0))
    assert found.threads == torch.get_num_threads()
    assert found.flags["cudnn_benchmark"] == torch.backends.cudnn.benchmark
    assert (found.device, found.device_name) == ("cpu", "")


def test_without_torch_nothing_is_said_of_it():
    found = current_environment()
    assert (found.threads, dict(found.flags)) == (0, {})


def test_versions_and_hardware_can_move_a_number_and_a_name_of_a_platform_cannot():
    assert not SAME.differs_from(replace(SAME, platform="Linux-6.1", threads=8, commit="abc"))
    assert SAME.differs_from(replace(SAME, packages={"torch": "2.7.0"}))
    assert SAME.differs_from(replace(SAME, cpu="Another CPU"))
    assert SAME.differs_from(replace(SAME, device_name="GPU"))


def test_tf32_is_as_the_forward_pass_sets_it_whatever_the_process_had_set() -> None:
    found = current_environment("cpu")
    for on in (False, True):
        assert (found.with_tf32(on=on).flags["tf32_matmul"], found.with_tf32(on=on).flags["tf32_cudnn"]) == (on, on)
    assert found.with_tf32(on=True).flags["deterministic"] == found.flags["deterministic"]
    assert not current_environment().with_tf32(on=True).flags
