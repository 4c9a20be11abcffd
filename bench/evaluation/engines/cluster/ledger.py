"""The driver's ledger: writes the records of workers, and closes cells that are complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....runs.pictures import first_value
from ....runs.records import ScoreRecord
from ...cell import OpenCell
from .handshake import Hello
from .shards import Backlog, Shard
from .worker import Scored

if TYPE_CHECKING:
    from ....runs.run import Run

__all__ = ["Ledger"]


class Ledger:
    """The open cells of a run; each is closed as soon as nothing of it is left.

    Args:
        opened: the cells, by number.
        backlog: their remaining images.
    """

    def __init__(self, opened: Sequence[OpenCell], backlog: Backlog) -> None:
        self._backlog = backlog
        self._open = dict(enumerate(opened))
        self._given_up: set[int] = set()
        self._met: set[tuple[int, int]] = set()
        self.runs: list[Run] = []
        """Runs of the finished cells, by each protocol."""

    @property
    def complete(self) -> bool:
        """Whether every cell is closed."""
        return not self._open

    def cell(self, number: int) -> OpenCell:
        """One that is still open."""
        return self._open[number]

    def take(self, shard: Shard, answer: Scored, worker: int, hello: Hello) -> None:
        """Write what a worker reports of one image: picture and observations first, the record last.

        Raises:
            JournalWriteError: the disk is full.
            StoppedError: too many images have failed; the model is to be given up.
            OSError: as above.
        """
        opened, record, picture = self._open[shard.cell], answer.record, answer.picture
        if (shard.cell, worker) not in self._met:
            self._met.add((shard.cell, worker))
            opened.worked_in(hello.environment)
        if picture is not None:
            opened.keeper.offer_png(record.key, first_value(record), lambda: picture)
        for observation in answer.observations:
            opened.keep_observation(record.key, observation)
        try:
            opened.record(record, answer.remarks)
        finally:
            self._backlog.recorded(shard, record.key)
        self.close_complete()

    def release(self, shard: Shard) -> None:
        """Return what is left of a shard to the backlog."""
        self._backlog.ended(shard)
        self.close_complete()

    def lose(self, shard: Shard, why: str, *, by_image: bool) -> None:
        """Return the shard of a lost worker, see `Backlog.lost`; record images that are not tried again as failed.

        Raises:
            JournalWriteError: the disk is full.
        """
        opened = self._open[shard.cell]
        reason = f"Gave up after repeatedly losing workers on this image; last cause: {why}."
        for key in self._backlog.lost(shard, by_image=by_image):
            metrics = {each.id: each.protocol.metrics for each in opened.cell.protocols}
            opened.record(ScoreRecord.failed(key, reason, metrics, group=opened.pairs[key].group))
        self.close_complete()

    def give_up(self, model: int) -> None:
        """Close the cells of a model that cannot be loaded, without a summary, once no worker has images of them."""
        self._given_up.update(self._backlog.drop(model))
        self.close_complete()

    def close_complete(self) -> None:
        """Close every cell of which nothing is left."""
        for number in [number for number in self._open if not self._backlog.left(number)]:
            opened = self._open.pop(number)
            if number in self._given_up:
                opened.close()
            else:
                self.runs += opened.finish()
