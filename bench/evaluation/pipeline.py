"""Three-stage pipeline: decode in threads, restore in the calling thread, score in threads.

    pairs -> [load threads] -> restore (this thread owns the device) -> [score threads] -> records, in order

At most `workers` images wait between any two stages, so memory does not grow with the data set.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Generic, TypeVar

__all__ = ["Pipeline", "default_workers"]

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")
Restored = TypeVar("Restored")
Record = TypeVar("Record")

MOST_WORKERS = 16
"""Maximum threads per stage: an image in each of them takes memory."""


def default_workers() -> int:
    """Number of threads for each of loading and scoring: one per usable core, from 2 to 16."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 2)
    return max(2, min(MOST_WORKERS, cores))


class Pipeline(Generic[Item, Loaded, Restored, Record]):
    """Three stages of an evaluation.

    The stages turn failures of an image into records. An exception from a stage is a program error or an
    interruption, and ends the stream.

    Args:
        load: reads the inputs of an item; runs in threads, ahead of the model.
        restore: runs the model; always called in the iterating thread.
        score: turns item, inputs and restored image into a record; runs in threads, behind the model.
        workers: threads of each of the two pools.
    """

    def __init__(
        self,
        load: Callable[[Item], Loaded],
        restore: Callable[[Item, Loaded], Restored],
        score: Callable[[Item, Loaded, Restored], Record],
        *,
        workers: int | None = None,
    ) -> None:
        self._load, self._restore, self._score = load, restore, score
        self._workers = workers or default_workers()

    def run(self, items: Iterable[Item]) -> Iterator[Record]:
        """Yield one record per item, in order.

        If Ctrl-C interrupts the model, images already restored are still scored and yielded before the
        KeyboardInterrupt is raised.
        """
        loaders = ThreadPoolExecutor(self._workers, thread_name_prefix="load")
        scorers = ThreadPoolExecutor(self._workers, thread_name_prefix="score")
        scoring: deque[Future[Record]] = deque()
        try:
            for item, loaded in self._prefetch(items, loaders):
                restored = self._restore(item, loaded.result())
                scoring.append(scorers.submit(self._score, item, loaded.result(), restored))
                del restored  # the pool owns it; this frame must not keep a second image alive
                while scoring and (len(scoring) > self._workers or scoring[0].done()):
                    yield scoring.popleft().result()
            while scoring:
                yield scoring.popleft().result()
        except KeyboardInterrupt:
            while scoring:
                yield scoring.popleft().result()
            raise
        finally:
            loaders.shutdown(wait=False, cancel_futures=True)
            scorers.shutdown(wait=True, cancel_futures=True)

    def _prefetch(self, items: Iterable[Item], pool: ThreadPoolExecutor) -> Iterator[tuple[Item, Future[Loaded]]]:
        source = iter(items)
        waiting = deque((item, pool.submit(self._load, item)) for item in islice(source, self._workers))
        while waiting:
            yield waiting.popleft()
            waiting.extend((item, pool.submit(self._load, item)) for item in islice(source, 1))
