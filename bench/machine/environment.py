"""Where a number was measured: software versions, machine, and the state of the code, as far as it can be read."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path

__all__ = ["Environment", "current_environment"]

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
"""Distributions whose version can move a number."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The software and hardware of one run."""

    python: str
    platform: str
    machine: str
    cpu: str
    cpu_count: int
    """Cores this process may use."""

    packages: Mapping[str, str]
    device: str = "cpu"
    device_name: str = ""
    """Of the accelerator; `""` on a CPU."""

    threads: int = 0
    """torch's intra-operation threads; 0 where torch was not used."""

    flags: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """TF32, cuDNN benchmark and deterministic modes."""

    commit: str = ""
    """Git commit of the package's source, `""` when it was installed from a wheel; `-dirty` is appended if changed."""

    def differs_from(self, other: Environment) -> bool:
        """Whether numbers could differ between the two."""
        return (self.packages, self.cpu, self.device_name) != (other.packages, other.cpu, other.device_name)


def current_environment(device: str | None = None) -> Environment:
    """Describe this process; `device` is the torch device of the work, or `None` if torch is not used."""
    device_name, threads, flags = ("", 0, {}) if device is None else _torch_facts(device)
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        cpu=_cpu_model(),
        cpu_count=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1),
        packages=_versions(),
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


def _versions() -> dict[str, str]:
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
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


@cache
def _commit(folder: Path) -> str:
    head = _git(folder, "rev-parse", "--short=12", "HEAD")
    if not head or _git(folder, "ls-files", "--error-unmatch", "environment.py") is None:
        return ""
    return f"{head}-dirty" if _git(folder, "status", "--porcelain", "--untracked-files=no") else head


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 -- fixed arguments, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 -- whichever git the user has
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )  # fmt: skip -- one call, three lines
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
