"""The workers of a run: started, waited for, and replaced when they are lost."""

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
"""`preparing`: it has a shard, and loads what scores the images."""

UNREPORTED = 4
"""Records that a worker may be ahead of the driver; it waits then. If it is lost, Ray forgets them."""


@dataclass(slots=True, eq=False)
class Handle:
    """One worker as the driver knows it."""

    number: int
    actor: Any
    state: State
    waiting_for: Any
    """Ray's reference of the answer, or the stream of answers, that it is to give."""

    since: float = field(default_factory=time.monotonic)
    """When it last gave one."""

    hello: Hello | None = None
    seen: Seen | None = None
    model: int | None = None
    """The loaded one."""

    shard: Shard | None = None
    answers: int = 0
    """That it gave to what it was asked last."""

    @property
    def host(self) -> str:
        """The machine that it is on, as far as it is known."""
        return self.hello.host if self.hello else "a node"

    @property
    def name(self) -> str:
        """How messages refer to it."""
        return f"worker {self.number} on {self.host}"

    def ask(self, state: State, waiting_for: Any) -> None:
        """It was asked for something."""
        self.state, self.waiting_for, self.answers, self.since = state, waiting_for, 0, time.monotonic()

    def answered(self) -> None:
        """It gave one of several answers."""
        self.answers, self.since = self.answers + 1, time.monotonic()

    def has(self, model: int) -> bool:
        """Whether it has loaded a model, or is loading it."""
        return self.model == model or (self.shard is not None and self.shard.model == model)

    def rest(self) -> None:
        """It has nothing to do."""
        self.state, self.waiting_for = "idle", None


class Pool:
    """A number of actors. A lost one is replaced as soon as the cluster has room for another.

    Args:
        ray: the module.
        share: how many, and what each gets.
        device: what each computes on.
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
        """Ask for one more worker; it may take until the cluster has room."""
        actor = self._remote.remote(self.share.cpus)
        self.handles.append(Handle(next(self._numbers), actor, "starting", actor.hello.remote(self.device)))

    def stream(self, handle: Handle, *arguments: Any) -> Any:
        """Let a worker run a shard; its answers come one by one."""
        run = handle.actor.run.options(num_returns="streaming", _generator_backpressure_num_objects=UNREPORTED)
        return run.remote(*arguments)

    def ready(self, timeout: float) -> list[Handle]:
        """Workers that have answered, after at most `timeout` seconds."""
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
        """End a worker, if it has not ended by itself."""
        self.handles.remove(handle)
        self.ray.kill(handle.actor)

    @property
    def present(self) -> int:
        """Workers that have come up."""
        return sum(handle.hello is not None for handle in self.handles)

    def close(self) -> None:
        """End all of them."""
        for handle in list(self.handles):
            self.remove(handle)
