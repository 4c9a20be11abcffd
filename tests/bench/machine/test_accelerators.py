from __future__ import annotations

from pathlib import Path

import pytest
import torch
from restorebench.bench.machine.accelerators import may_have_gpu


def test_only_a_machine_without_device_files_certainly_has_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert not may_have_gpu(tmp_path)
    (tmp_path / "nvidia0").touch()
    assert may_have_gpu(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert not may_have_gpu(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert may_have_gpu(tmp_path)


def test_another_system_is_never_certain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("sys.platform", "win32")
    assert may_have_gpu(tmp_path)


def test_torch_finds_no_gpu_where_none_may_be():
    assert may_have_gpu() or not torch.cuda.is_available()
