"""How workers come up: compared with the driver before they get work, and given up where they cannot."""

# Ray types its references as unknown:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
import time

from ....errors import ClusterError
from ....machine.environment import Environment
from ....terminal.progress import Progress
from .handshake import Hello, differences, say_hello
from .pool import Handle, Pool
from .worker_loss import cause

__all__ = ["Reception"]

TICK = 1.0
"""Seconds between two looks at who has come."""

PATIENCE = 30.0
"""Seconds without any worker after which that is said."""

MOST_FAILED_STARTS = 3
"""Workers in a row that may fail to come up before no more are started for them."""


class Reception:
    """Meets the workers of a pool.

    Args:
        pool: the workers.
        progress: is told who cannot work, and that nobody can.
    """

    def __init__(self, pool: Pool, progress: Progress) -> None:
        self.pool, self._progress = pool, progress
        self._here = say_hello(None)
        self._deserted_since = time.monotonic()
        self._failed_starts = 0

    def await_worker(self) -> Environment:
        """Wait until a worker may work; returns where that is.

        Raises:
            ClusterError: none can.
        """
        while True:
            for handle in self.pool.ready(TICK):
                self.welcome(handle)
                if handle.hello is not None:
                    return handle.hello.environment
            self.tell_if_deserted()

    def welcome(self, handle: Handle) -> None:
        """Compare a new worker with this process; one that would compute something else gets no work.

        Raises:
            ClusterError: no other can work either.
        """
        try:
            hello: Hello = self.pool.ray.get(handle.waiting_for)
        except self.pool.ray.exceptions.RayError as error:
            self.failed(handle, f"A worker cannot start: {cause(error)}.", again=True)
            return
        found = differences(self._here, hello)
        if found:
            reason = f"A worker on {hello.host} has {', '.join(found)}: install the same versions on every node."
            self.failed(handle, reason, again=False)
            return
        handle.hello = hello
        handle.rest()

    def failed(self, handle: Handle, reason: str, *, again: bool) -> None:
        """Go on with the other workers, or try another start; give up when there are none, or after too many.

        Raises:
            ClusterError: nobody is left.
        """
        self._failed_starts += 1
        self.pool.remove(handle)
        often = self._failed_starts >= MOST_FAILED_STARTS
        if again and not often:
            self.pool.start()
        if not self.pool.handles or (often and not self.pool.present):
            raise ClusterError(reason)
        self._progress.note(reason)

    def came_up(self) -> None:
        """A worker is ready for work: failures before it were not those of all."""
        self._failed_starts = 0

    def tell_if_deserted(self) -> None:
        """Say once that there is no worker, if that lasts."""
        now = time.monotonic()
        if self.pool.present:
            self._deserted_since = now
        elif now - self._deserted_since > PATIENCE:
            self._deserted_since = math.inf
            self._progress.note("Waiting for the cluster to have room for a worker; `ray status` shows who has it.")
