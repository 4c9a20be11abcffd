"""The environment of a measurement: software versions, hardware, and the commit of the code where available."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from pathlib import Path

from .git import git_output

__all__ = ["Environment", "current_environment", "installed_versions"]

PACKAGES = (
    "restorebench",
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "scikit-image",
    "pillow",
    "lpips",
    "opencv-python-headless",
    "opencv-python",
)  # fmt: skip -- one list, two lines
"""Distributions whose version can affect results."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The software and hardware of one run."""

    python: str
    platform: str
    machine: str
    cpu: str
    cpu_count: int
    """Cores available to this process."""

    packages: Mapping[str, str]
    device: str = "cpu"
    device_name: str = ""
    """Name of the accelerator; `""` on a CPU."""

    threads: int = 0
    """torch's intra-operation threads; 0 if torch was not used."""

    flags: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """TF32 in the forward pass, cuDNN benchmark and deterministic modes."""

    commit: str = ""
    """Git commit of the package's source, with `-dirty` if modified; `""` when installed from a wheel."""

    def differs_from(self, other: Environment) -> bool:
        """Whether results could differ between the two environments."""
        return (self.packages, self.cpu, self.device_name) != (other.packages, other.cpu, other.device_name)

    def with_tf32(self, *, on: bool) -> Environment:
        """The same with TF32 as the forward pass sets it, whatever the process had set; without torch, the same."""
        if not self.flags:
            return self
        return replace(self, flags={**self.flags, "tf32_matmul": on, "tf32_cudnn": on})


def current_environment(device: str | None = None) -> Environment:
    """Describe the environment of this process; `device` is the torch device, `None` if torch is not used."""
    device_name, threads, flags = ("", 0, {}) if device is None else _torch_facts(device)
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        cpu=_cpu_model(),
        cpu_count=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1),
        packages=installed_versions(),
        device=device or "cpu",
        device_name=device_name,
        threads=threads,
        flags=flags,
        commit=_commit(Path(__file__).parent),
    )


def _torch_facts(device: str) -> tuple[str, int, dict[str, bool]]:
    import torch

    from .float_precision import tf32_flags

    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else ""
    tf32_matmul, tf32_cudnn = tf32_flags()
    flags = {
        "tf32_matmul": tf32_matmul,
        "tf32_cudnn": tf32_cudnn,
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }
    return name, torch.get_num_threads(), flags


def installed_versions() -> dict[str, str]:
    """The installed ones of the distributions whose version can affect results."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if sys.platform == "linux" and cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


@cache
def _commit(folder: Path) -> str:
    head = git_output(folder, "rev-parse", "--short=12", "HEAD")
    if not head or git_output(folder, "ls-files", "--error-unmatch", "environment.py") is None:
        return ""
    return f"{head}-dirty" if git_output(folder, "status", "--porcelain", "--untracked-files=no") else head
