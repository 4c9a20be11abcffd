"""The pool of workers of a run: starting, awaiting and removing them."""

# Ray types its remote calls as unknown:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

from .connection import Share
from .handshake import Hello
from .shards import Shard
from .transfer import Seen
from .worker import Worker

__all__ = ["UNREPORTED", "Handle", "Pool"]

State = Literal["starting", "looking", "idle", "loading", "preparing", "working"]
"""`preparing`: the worker has a shard and loads the metrics."""

UNREPORTED = 4
"""Records by which a worker may be ahead of the driver before it waits. If it is lost, so are they."""


@dataclass(slots=True, eq=False)
class Handle:
    """The driver's view of one worker."""

    number: int
    actor: Any
    state: State
    waiting_for: Any
    """Ray's reference of the expected answer, or stream of answers."""

    since: float = field(default_factory=time.monotonic)
    """Time of the last answer."""

    hello: Hello | None = None
    seen: Seen | None = None
    model: int | None = None
    """Number of the loaded model."""

    shard: Shard | None = None
    answers: int = 0
    """Answers to the last request."""

    @property
    def host(self) -> str:
        """The machine of the worker, as far as it is known."""
        return self.hello.host if self.hello else "a node"

    @property
    def name(self) -> str:
        """The worker in messages."""
        return f"worker {self.number} on {self.host}"

    def ask(self, state: State, waiting_for: Any) -> None:
        """Note what the worker was asked for."""
        self.state, self.waiting_for, self.answers, self.since = state, waiting_for, 0, time.monotonic()

    def answered(self) -> None:
        """Count one of several answers."""
        self.answers, self.since = self.answers + 1, time.monotonic()

    def has(self, model: int) -> bool:
        """Whether the worker has loaded a model, or is loading it."""
        return self.model == model or (self.shard is not None and self.shard.model == model)

    def mark_idle(self) -> None:
        """Mark the worker as idle."""
        self.state, self.waiting_for = "idle", None


class Pool:
    """A number of Ray actors.

    Args:
        ray: the module.
        share: their number, and the resources of each.
        device: the device of each.
    """

    def __init__(self, ray: ModuleType, share: Share, device: str) -> None:
        self.ray, self.share, self.device = ray, share, device
        self.handles: list[Handle] = []
        self._numbers = itertools.count(1)
        # num_cpus also sets OMP_NUM_THREADS in the worker; a lost actor is replaced here, where its images are known.
        self._remote: Any = ray.remote(Worker).options(
            num_cpus=share.cpus, num_gpus=share.gpus, max_restarts=0, max_task_retries=0
        )
        for _ in range(share.workers):
            self.start()

    def start(self) -> None:
        """Request one more worker; it starts as soon as the cluster has room."""
        actor = self._remote.remote(self.share.cpus)
        self.handles.append(Handle(next(self._numbers), actor, "starting", actor.hello.remote(self.device)))

    def stream(self, handle: Handle, *arguments: Any) -> Any:
        """Start a shard on a worker; its answers arrive one by one."""
        run = handle.actor.run.options(num_returns="streaming", _generator_backpressure_num_objects=UNREPORTED)
        return run.remote(*arguments)

    def ready(self, timeout: float) -> list[Handle]:
        """Wait at most `timeout` seconds; return the workers that have answered."""
        asked = {handle.waiting_for: handle for handle in self.handles if handle.waiting_for is not None}
        if not asked:
            time.sleep(timeout)
            return []
        first, rest = self.ray.wait(list(asked), num_returns=1, timeout=timeout, fetch_local=False)
        more, _ = (
            self.ray.wait(rest, num_returns=len(rest), timeout=0, fetch_local=False) if first and rest else ([], [])
        )
        return [asked[reference] for reference in (*first, *more)]

    def remove(self, handle: Handle) -> None:
        """End a worker and forget it."""
        self.handles.remove(handle)
        self.ray.kill(handle.actor)

    @property
    def present(self) -> int:
        """Number of admitted workers."""
        return sum(handle.hello is not None for handle in self.handles)

    def close(self) -> None:
        """End all workers."""
        for handle in list(self.handles):
            self.remove(handle)
