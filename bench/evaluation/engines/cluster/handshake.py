"""Whether driver and worker run the same program: compared before a worker gets any work."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ....machine.environment import Environment, current_environment

__all__ = ["Hello", "differences", "say_hello"]

PACKAGES = ("bench", "datasets", "baselines")
"""Folders beside each other whose code decides numbers."""


@dataclass(frozen=True, slots=True)
class Hello:
    """Identity and environment of a process."""

    host: str
    pid: int
    environment: Environment
    code_sha256: str
    """Over every source file of the package."""


def say_hello(device: str | None) -> Hello:
    """Describe this process."""
    return Hello(platform.node(), os.getpid(), current_environment(device), _code_sha256())


def differences(driver: Hello, worker: Hello) -> list[str]:
    """Differences that could change the worker's results, such as `torch 2.6.0 instead of 2.7.1`."""
    mine, theirs = driver.environment.packages, worker.environment.packages
    found = [
        f"{name} {theirs.get(name, 'missing')} instead of {mine.get(name, 'none')}"
        for name in sorted({*mine, *theirs})
        if mine.get(name) != theirs.get(name)
    ]
    if not found and driver.code_sha256 != worker.code_sha256:
        found = ["another state of restorebench's source"]
    return found


@cache
def _code_sha256() -> str:
    root = Path(__file__).parents[4]
    digest = hashlib.sha256()
    for path in sorted(path for name in PACKAGES for path in (root / name).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
