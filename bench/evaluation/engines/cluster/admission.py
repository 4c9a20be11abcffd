"""Admission of workers: each is compared with the driver before it gets work."""

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

__all__ = ["WorkerAdmission"]

POLL_SECONDS = 1.0
"""Interval between two checks for new workers."""

NO_WORKER_NOTICE_SECONDS = 30.0
"""Time without any worker after which a note says so."""

MOST_FAILED_STARTS = 3
"""Workers in a row that may fail to start before they are no longer replaced."""


class WorkerAdmission:
    """Admits workers whose versions match the driver's.

    Args:
        pool: the workers.
        progress: receives notes about rejected workers and about the lack of any.
    """

    def __init__(self, pool: Pool, progress: Progress) -> None:
        self.pool, self._progress = pool, progress
        self._here = say_hello(None)
        self._empty_since = time.monotonic()
        self._failed_starts = 0

    def await_worker(self) -> Environment:
        """Wait until a worker is admitted; return its environment.

        Raises:
            ClusterError: none can be.
        """
        while True:
            for handle in self.pool.ready(POLL_SECONDS):
                self.admit(handle)
                if handle.hello is not None:
                    return handle.hello.environment
            self.warn_if_no_workers()

    def admit(self, handle: Handle) -> None:
        """Compare a new worker with this process; reject one whose results could differ.

        Raises:
            ClusterError: no worker is left.
        """
        try:
            hello: Hello = self.pool.ray.get(handle.waiting_for)
        except self.pool.ray.exceptions.RayError as error:
            self.reject(handle, f"A worker cannot start: {cause(error)}.", again=True)
            return
        found = differences(self._here, hello)
        if found:
            reason = f"A worker on {hello.host} has {', '.join(found)}: install the same versions on every node."
            self.reject(handle, reason, again=False)
            return
        handle.hello = hello
        handle.mark_idle()

    def reject(self, handle: Handle, reason: str, *, again: bool) -> None:
        """Remove a worker, and start another one if that may help.

        Raises:
            ClusterError: no worker is left, or too many in a row failed to start.
        """
        self._failed_starts += 1
        self.pool.remove(handle)
        often = self._failed_starts >= MOST_FAILED_STARTS
        if again and not often:
            self.pool.start()
        if not self.pool.handles or (often and not self.pool.present):
            raise ClusterError(reason)
        self._progress.note(reason)

    def mark_ready(self) -> None:
        """Note that a worker is ready, so that earlier failed starts no longer count."""
        self._failed_starts = 0

    def warn_if_no_workers(self) -> None:
        """Note once that there is no worker, if that lasts."""
        now = time.monotonic()
        if self.pool.present:
            self._empty_since = now
        elif now - self._empty_since > NO_WORKER_NOTICE_SECONDS:
            self._empty_since = math.inf
            self._progress.note("Waiting for the cluster to have room for a worker; `ray status` shows who has it.")
