"""The backlog: remaining images of all cells, handed out in shards and returned when a worker is lost. Free of Ray."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ....contracts import ImagePair

__all__ = ["Backlog", "Shard"]

LARGEST = 32
"""Images of a shard at most. A shard ends with an empty pipeline, so that short ones cost time; long ones are
unevenly done at the end of a run."""

MOST_DEATHS = 2
"""Workers that an image may take with it before it is recorded as failed."""

MOST_LOSSES = 6
"""Workers that may be lost for whatever reason while they have an image."""


@dataclass(slots=True)
class Shard:
    """Images of one cell that one worker is at."""

    cell: int
    model: int
    pairs: dict[str, ImagePair]
    """Those without a record yet, in the order in which the worker does them."""

    alone: bool = False
    """Whether it is a single image that was in the hands of a worker that died."""


@dataclass(slots=True)
class _Queue:
    """The remaining images of one cell."""

    model: int
    fresh: deque[ImagePair]
    suspects: deque[ImagePair] = field(default_factory=deque["ImagePair"])
    """Done one at a time, after the fresh ones, so that the next death names its image."""

    def __len__(self) -> int:
        return len(self.fresh) + len(self.suspects)


class Backlog:
    """Hands out images in shards; a worker keeps its model as long as that has any left.

    Shards shrink towards the end, so that all workers finish together: a worker gets its share of what is left
    halved, at most 32 images. No image is with two workers.

    Args:
        cells: for each cell its model's number and its images.
        in_flight: images whose record may not have arrived when their worker is lost although they were begun.
    """

    def __init__(self, cells: Sequence[tuple[int, Sequence[ImagePair]]], *, in_flight: int) -> None:
        self._queues = [_Queue(model, deque(pairs)) for model, pairs in cells]
        self._in_flight = in_flight
        self._out: Counter[int] = Counter()
        self._holders: Counter[int] = Counter()
        self._dropped: set[int] = set()
        self._deaths: Counter[tuple[int, str]] = Counter()
        self._losses: Counter[tuple[int, str]] = Counter()

    def left(self, cell: int) -> int:
        """Images of a cell that are waiting or with a worker."""
        return len(self._queues[cell]) + self._out[cell]

    @property
    def waiting(self) -> int:
        """Images that no worker has."""
        return sum(map(len, self._queues))

    def take(
        self, workers: int, loaded: int | None = None, *, without: Collection[int] = (), most: int = LARGEST
    ) -> Shard | None:
        """The next shard for a worker; `None` if every image is done or with a worker.

        Args:
            workers: how many share the work.
            loaded: number of the model that this one has loaded.
            without: numbers of models that it cannot load.
            most: images that it is given at most.
        """
        rest: Counter[int] = Counter()
        for queue in self._queues:
            if queue and queue.model not in without:
                rest[queue.model] += len(queue)
        if not rest:
            return None
        model = loaded
        if model is None or model not in rest:
            model = max(rest, key=lambda number: (rest[number] / (1 + self._holders[number]), -number))
        mine = [cell for cell, queue in enumerate(self._queues) if queue and queue.model == model]
        cell = max(mine, key=lambda number: (bool(self._queues[number].fresh), -number))
        return self._cut(cell, workers, most)

    def _cut(self, cell: int, workers: int, most: int) -> Shard:
        queue = self._queues[cell]
        alone = not queue.fresh
        size = 1 if alone else max(1, min(most, len(queue.fresh), self.waiting // (2 * workers)))
        source = queue.suspects if alone else queue.fresh
        pairs = {pair.key: pair for pair in (source.popleft() for _ in range(size))}
        self._out[cell] += len(pairs)
        self._holders[queue.model] += 1
        return Shard(cell, queue.model, pairs, alone)

    def recorded(self, shard: Shard, key: str) -> None:
        """An image of a shard has its record."""
        del shard.pairs[key]
        self._out[shard.cell] -= 1

    def ended(self, shard: Shard) -> None:
        """The worker is free again; images that it left out, if any, wait again."""
        self._release(shard)
        self._wait_again(self._queues[shard.cell].fresh, shard.model, list(shard.pairs.values()))
        shard.pairs = {}

    def lost(self, shard: Shard, *, by_image: bool) -> list[str]:
        """The worker of a shard is gone. Images that it may have begun are done again, alone if they may be to blame.

        Args:
            shard: what it was at.
            by_image: whether its process died or hung, and not for instance its node.

        Returns:
            Keys that are not tried again: the caller records them as failed.
        """
        self._release(shard)
        queue = self._queues[shard.cell]
        pairs = list(shard.pairs.values())
        begun, untouched = pairs[: self._in_flight], pairs[self._in_flight :]
        self._wait_again(queue.fresh, shard.model, untouched)
        again: list[ImagePair] = []
        failed: list[str] = []
        for pair in begun:
            image = shard.cell, pair.key
            self._losses[image] += 1
            self._deaths[image] += by_image
            hopeless = shard.alone and self._deaths[image] >= MOST_DEATHS
            if hopeless or self._losses[image] >= MOST_LOSSES:
                failed.append(pair.key)
            else:
                again.append(pair)
        self._wait_again(queue.suspects if by_image or shard.alone else queue.fresh, shard.model, again)
        shard.pairs = {}
        return failed

    def waits_for(self, model: int) -> bool:
        """Whether images of a model are waiting."""
        return any(queue for queue in self._queues if queue.model == model)

    def drop(self, model: int) -> list[int]:
        """Forget what is left of a model that cannot be loaded; returns its cells that are not complete."""
        self._dropped.add(model)
        cells = [cell for cell, queue in enumerate(self._queues) if queue.model == model and self.left(cell)]
        for cell in cells:
            self._queues[cell].fresh.clear()
            self._queues[cell].suspects.clear()
        return cells

    def _wait_again(self, where: deque[ImagePair], model: int, pairs: Sequence[ImagePair]) -> None:
        """Put images back to the front, in their order."""
        if model not in self._dropped:
            where.extendleft(reversed(pairs))

    def _release(self, shard: Shard) -> None:
        self._out[shard.cell] -= len(shard.pairs)
        self._holders[shard.model] -= 1
