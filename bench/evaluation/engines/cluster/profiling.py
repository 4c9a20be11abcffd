"""Costs measured on a cluster: one node's GPU, or all of one node's cores, for this alone."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from ....errors import ClusterError, RestorebenchError
from ....profiling.cost import Cost
from ....profiling.profiled_model import open_profiled_model
from ....profiling.profiler import Request, profile_all
from ....terminal.progress import Progress
from .connection import cores_of_a_node, has_gpus
from .handshake import Hello, differences, say_hello
from .worker import Refused
from .worker_loss import cause

__all__ = ["profile_on_cluster"]

TICK = 30.0


def profile_on_cluster(ray: ModuleType, models: Sequence[str], request: Request, progress: Progress) -> list[Cost]:
    """Profile models on a node of the cluster, with a whole GPU or all cores of the node reserved.

    Ray gives what is reserved to nobody else, so that no evaluation disturbs the measurement.

    Args:
        ray: the module, connected.
        models: as on the command line; files are read by path, on shared storage.
        request: what to measure; its device is `cpu` or `cuda`.
        progress: is told what is waited for.

    Raises:
        ClusterError: the node has another version of the program, or failed, or was lost, or the cluster has no GPU.
        UsageError: see `Request.check`.
    """
    gpu = request.device.startswith("cuda")
    if gpu and not has_gpus(ray):
        raise ClusterError("The device cuda was asked for, but the cluster offers no GPU: use --device cpu.")
    resources: dict[str, Any] = {"num_gpus": 1} if gpu else {"num_cpus": cores_of_a_node(ray)}
    task = ray.remote(_profile).options(max_retries=0, **resources)
    answer = task.remote(list(models), request, say_hello(None), Path.cwd())
    waited = "a whole GPU" if gpu else f"all {resources['num_cpus']} cores of a node"
    while not ray.wait([answer], timeout=TICK)[0]:
        progress.note(f"Measuring on {waited}, or waiting for it; `ray status` shows who has it.")
    try:
        costs = ray.get(answer)
    except ray.exceptions.RayTaskError as error:
        raise ClusterError(f"The measurement failed on its node ({cause(error)}): try it on one machine.") from error
    except ray.exceptions.RayError as error:
        raise ClusterError(f"The node that measured was lost ({cause(error)}): run the same command again.") from error
    if isinstance(costs, Refused):
        raise ClusterError(costs.reason)
    return cast("list[Cost]", costs)


def _profile(models: list[str], request: Request, driver: Hello, folder: Path) -> list[Cost] | Refused:
    here = say_hello(None)
    found = differences(driver, here)
    if found:
        return Refused(f"{here.host} has {', '.join(found)}: install the same versions on every node.")
    if folder.is_dir():  # paths relative to it
        os.chdir(folder)
    try:
        return profile_all([open_profiled_model(text) for text in models], request)
    except RestorebenchError as error:
        return Refused(f"{here.host}: {error}")
