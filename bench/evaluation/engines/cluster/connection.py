"""A connection to Ray, and what each worker is given of it."""

# Ray types most of its functions loosely:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

from ....errors import ClusterError, MissingDependencyError
from ....terminal.wording import counted
from ..options import ClusterOptions

__all__ = ["Connection", "Share", "connect", "cores_of_a_node", "has_gpus", "share_of"]

MOST_GPU_WORKER_CPUS, MOST_CPU_WORKER_CPUS = 8, 4
"""More cores than this help neither decoding and scoring beside a GPU, nor a network on the CPU as much as another
worker does."""


LONGEST = 400
"""Characters of what Ray says at most."""


@dataclass(frozen=True, slots=True)
class Share:
    """Resources of each worker."""

    workers: int
    cpus: int
    gpus: float


@dataclass(frozen=True, slots=True)
class Connection:
    """Ray, connected."""

    ray: ModuleType
    ours: bool
    """Whether it was not connected before."""


def connect(address: str | None) -> Connection:
    """Connect to a running cluster, or start one on this machine.

    Raises:
        MissingDependencyError: Ray is not installed.
        ClusterError: there is no cluster at the address, or Ray cannot start.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported home without being asked
    os.environ.setdefault(
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0"
    )  # the coming default; said here, it warns of nothing
    try:
        import ray
        from ray.exceptions import RayError
    except ImportError as error:
        raise MissingDependencyError("The engine ray", "Ray", "cluster") from error
    if ray.is_initialized():
        return Connection(ray, ours=False)
    where = address or os.environ.get("RAY_ADDRESS") or "local"
    if "://" in where:  # Ray Client knows no streams of answers
        raise ClusterError(
            f"The address {where} is not one of a cluster's head: give HOST:PORT, or run on a node of it with "
            "--address auto."
        )
    try:
        if where == "local":
            ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
        else:
            ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError, RayError) as error:
        # On one line, but whole: where versions differ they are named on the lines after the first.
        told = " ".join(str(error).split())[:LONGEST] or type(error).__name__
        advice = (
            "check that it runs with `ray status`, or leave out --address" if where != "local" else "see `ray start`"
        )
        raise ClusterError(f"Ray cannot be reached at {where} ({told}): {advice}.") from error
    return Connection(ray, ours=True)


def share_of(ray: ModuleType, device: str, options: ClusterOptions) -> Share:
    """Compute the resources of each worker, and how many workers there is room for.

    Raises:
        ClusterError: no node has as much.
    """
    nodes = _node_resources(ray)
    gpus = (options.gpus_per_worker or 1.0) if device == "cuda" else 0.0
    able = [node for node in nodes if node["GPU"] >= gpus and node["CPU"] >= 1]
    cpus = options.cpus_per_worker or _default_cpus(able, gpus)
    room = sum(_room(node, cpus, gpus) for node in able)
    if not room:
        wanted = counted(cpus, "core") + (f" and {gpus:g} {'GPU' if gpus <= 1 else 'GPUs'}" if gpus else "")
        less = "--cpus-per-worker or --gpus-per-worker" if gpus else "--cpus-per-worker"
        raise ClusterError(f"No node of the cluster has {wanted} for a worker: give it less with {less}.")
    return Share(options.actors or room, cpus, gpus)


def has_gpus(ray: ModuleType) -> bool:
    """Whether any node offers one."""
    return any(node["GPU"] for node in _node_resources(ray))


def cores_of_a_node(ray: ModuleType) -> int:
    """Cores of the largest node, which a measurement on the CPU reserves."""
    return int(max(node["CPU"] for node in _node_resources(ray)))


def _node_resources(ray: ModuleType) -> list[dict[str, float]]:
    nodes = cast("Sequence[Mapping[str, Any]]", ray.nodes())
    alive = [cast("Mapping[str, float]", node["Resources"]) for node in nodes if node["Alive"]]
    return [{"CPU": node.get("CPU", 0.0), "GPU": node.get("GPU", 0.0)} for node in alive]


def _default_cpus(nodes: Sequence[Mapping[str, float]], gpus: float) -> int:
    if gpus:
        fair = min((int(node["CPU"] / (node["GPU"] / gpus)) for node in nodes), default=1)
        return max(1, min(MOST_GPU_WORKER_CPUS, fair))
    return max(1, min([MOST_CPU_WORKER_CPUS, *(int(node["CPU"]) for node in nodes)]))


def _room(node: Mapping[str, float], cpus: int, gpus: float) -> int:
    by_cpus = int(node["CPU"] // cpus)
    if not gpus:
        return by_cpus
    # A worker is never spread over parts of two GPUs.
    by_gpus = int(node["GPU"]) * int(1 / gpus + 1e-9) if gpus < 1 else int(node["GPU"] // gpus)
    return min(by_cpus, by_gpus)
