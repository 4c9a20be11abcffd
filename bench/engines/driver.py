"""The loop of a run on workers: give shards, take records, notice who is lost, and never lose an image over it."""

# Ray types its references as unknown:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..cell import Control, OpenCell
from ..environment import Environment
from ..errors import ClusterError, RestorebenchError
from ..pictures import first_value
from ..records import ScoreRecord
from .causes import by_image, cause
from .handshake import Hello, differences, say_hello
from .pool import Handle, Pool
from .shards import Backlog, Shard
from .shipping import absolute_pair
from .supply import Supply
from .worker import CellTask, ModelTask, Refused, Scored, images_in_flight

if TYPE_CHECKING:
    from ..runs import Run

__all__ = ["Driver", "Job"]

TICK = 1.0
"""Seconds between two looks at the time limits."""

PATIENCE = 30.0
"""Seconds without any worker after which that is said."""

MOST_REFUSALS = 2
"""Workers that may fail to load a model before it is given up."""

MOST_FAILED_STARTS = 3
"""Workers in a row that may fail to come up before the run is given up."""


@dataclass(frozen=True, slots=True)
class Job:
    """A model of the run."""

    name: str
    task: ModelTask


class Driver:
    """Drives the workers of a pool through the images of cells.

    Args:
        pool: the workers; this object takes all of their answers.
        jobs: the models, by number.
        control: progress and pictures.
        image_timeout: seconds after which an image counts as hung.
    """

    def __init__(self, pool: Pool, jobs: Sequence[Job], control: Control, image_timeout: float) -> None:
        self._pool, self._jobs, self._control, self._timeout = pool, jobs, control, image_timeout
        self._progress = control.progress
        self._here = say_hello(None)
        self._failed_starts = 0
        self._refusals: Counter[int] = Counter()
        self._given_up: set[int] = set()
        self._met: set[tuple[int, int]] = set()
        self._cells: dict[int, OpenCell] = {}
        self.runs: list[Run] = []
        """Of finished cells."""

        self.errors: list[RestorebenchError] = []
        """Of models that no worker could load."""

    def await_worker(self) -> Environment:
        """Wait until a worker may work; returns where that is.

        Raises:
            ClusterError: none can.
        """
        began, said = time.monotonic(), False
        while True:
            for handle in self._pool.ready(TICK):
                self._welcome(handle)
                if handle.hello is not None:
                    return handle.hello.environment
            if not said and time.monotonic() - began > PATIENCE:
                said = True
                self._progress.note("Waiting for the cluster to have room for a worker; `ray status` shows who has it.")

    def work(self, opened: Sequence[tuple[int, OpenCell]]) -> None:
        """Do every waiting image of cells that are open.

        Args:
            opened: cells, each with the number of its model.

        Raises:
            ClusterError: no worker can work any more.
            JournalWriteError: the disk is full.
        """
        self._cells = {number: cell for number, (_, cell) in enumerate(opened)}
        waiting = [(model, [absolute_pair(pair) for pair in cell.waiting]) for model, cell in opened]
        self._backlog = Backlog(waiting, in_flight=images_in_flight(self._pool.share.cpus))
        tasks = {number: job.task for number, job in enumerate(self._jobs)}
        self._supply = Supply(self._pool.ray, self._progress, tasks, opened)
        self._tasks = {number: self._cell_task(number, cell) for number, (_, cell) in enumerate(opened)}
        total = sum(len(cell.pairs) for _, cell in opened)
        self._progress.start(self._title(), total, total - sum(len(pairs) for _, pairs in waiting))
        try:
            self._finish_cells()
            while self._cells:
                self._assign()
                for handle in self._pool.ready(TICK):
                    self._answered(handle)
                self._enforce_timeout()
                self._progress.rename(self._title())
        finally:
            self._progress.finish()

    def _title(self) -> str:
        cells, workers = len(self._tasks), self._pool.present
        return f"{cells} {'cell' if cells == 1 else 'cells'} on {workers} {'worker' if workers == 1 else 'workers'}"

    def _cell_task(self, number: int, opened: OpenCell) -> CellTask:
        cell = opened.cell
        unavailable: dict[str, str] = {}
        if opened.waiting:
            unavailable = cell.protocol.prepare(quantiser=cell.quantiser).unavailable
        for metric, reason in unavailable.items():
            self._progress.note(f"{metric.upper()} will be null: {reason}")
        return CellTask(number, cell.protocol.id, cell.quantiser, self._control.save_images, tuple(unavailable))

    # What is given to workers

    def _assign(self) -> None:
        """Give every idle worker something to do."""
        for handle in self._pool.handles:
            if handle.state != "idle":
                continue
            if handle.seen is None:
                handle.ask("looking", handle.actor.look.remote(self._supply.survey))
                continue
            handle.shard = shard = self._backlog.take(self._pool.share.workers, handle.model)
            if shard is not None and shard.model == handle.model:
                self._run(handle, shard)
            elif shard is not None:
                self._load(handle, shard.model)

    def _load(self, handle: Handle, model: int) -> None:
        task = self._jobs[model].task
        handle.model = None
        handle.ask("loading", handle.actor.load.remote(task, *self._supply.files(handle, task)))

    def _run(self, handle: Handle, shard: Shard) -> None:
        pairs = self._supply.images(handle, self._cells[shard.cell], list(shard.pairs.values()))
        handle.ask("working", self._pool.stream(handle, self._tasks[shard.cell], pairs))

    # What workers answer

    def _answered(self, handle: Handle) -> None:
        try:
            if handle.state == "starting":
                self._welcome(handle)
            elif handle.state == "looking":
                handle.seen = self._pool.ray.get(handle.waiting_for)
                handle.rest()
            elif handle.state == "loading":
                self._loaded(handle, self._pool.ray.get(handle.waiting_for))
            else:
                self._reported(handle)
        except self._pool.ray.exceptions.RayError as error:
            self._lost(handle, error)

    def _welcome(self, handle: Handle) -> None:
        """Compare a new worker with this process; one that would compute something else gets no work."""
        try:
            hello: Hello = self._pool.ray.get(handle.waiting_for)
        except self._pool.ray.exceptions.RayError as error:
            self._failed_start(handle, f"A worker cannot start: {cause(error)}.")
            return
        found = differences(self._here, hello)
        if found:
            self._failed_start(
                handle, f"A worker on {hello.host} has {', '.join(found)}: install the same versions on every node."
            )
            return
        self._failed_starts = 0
        handle.hello = hello
        handle.rest()

    def _failed_start(self, handle: Handle, reason: str) -> None:
        """Go on with the others; give up when there are none."""
        self._failed_starts += 1
        self._pool.remove(handle)
        if not self._pool.handles or (self._failed_starts >= MOST_FAILED_STARTS and not self._pool.present):
            raise ClusterError(reason)
        self._progress.note(reason)

    def _loaded(self, handle: Handle, answer: object) -> None:
        if isinstance(answer, Refused):
            self._refused(handle, answer.reason)
        elif handle.shard is not None:
            handle.model = handle.shard.model
            self._run(handle, handle.shard)

    def _reported(self, handle: Handle) -> None:
        """Take one answer of a stream."""
        shard = handle.shard
        if shard is None:
            return
        try:
            answer = self._pool.ray.get(next(handle.waiting_for))
        except StopIteration:
            self._backlog.ended(shard)
            handle.shard = None
            handle.rest()
            return
        handle.since = time.monotonic()
        if isinstance(answer, Refused):
            self._refused(handle, answer.reason)
        elif isinstance(answer, Scored) and handle.hello is not None:
            self._take(shard, answer, handle.number, handle.hello.environment)

    def _take(self, shard: Shard, answer: Scored, worker: int, environment: Environment) -> None:
        opened, record, picture = self._cells[shard.cell], answer.record, answer.picture
        if (shard.cell, worker) not in self._met:
            self._met.add((shard.cell, worker))
            opened.worked_in(environment)
        if picture is not None:
            opened.keeper.offer_png(record.key, first_value(record), lambda: picture)
        if answer.fields is not None:
            opened.fields[record.key] = answer.fields
        self._record(shard.cell, record)
        self._backlog.recorded(shard, record.key)
        self._finish_cells()

    def _record(self, cell: int, record: ScoreRecord) -> None:
        self._cells[cell].record(record)
        self._progress.advance()
        if record.status == "failed":
            self._progress.note(f"{record.key}: {record.reason}")

    def _finish_cells(self) -> None:
        for number in [number for number in self._cells if not self._backlog.left(number)]:
            opened = self._cells.pop(number)
            if number in self._given_up:
                opened.close()
            else:
                self.runs.append(opened.finish())

    # What goes wrong

    def _refused(self, handle: Handle, reason: str) -> None:
        """A worker cannot load a model, or cannot score: another one may."""
        shard, handle.shard, handle.model = handle.shard, None, None
        if shard is None:
            return
        self._backlog.ended(shard)
        self._refusals[shard.model] += 1
        if self._refusals[shard.model] >= min(MOST_REFUSALS, self._pool.share.workers):
            self._give_up(shard.model, ClusterError(f"{self._jobs[shard.model].name} on {handle.name}: {reason}"))
            handle.rest()
        else:
            self._progress.note(f"{self._jobs[shard.model].name} on {handle.name}: {reason}")
            self._replace(handle)

    def _give_up(self, model: int, error: RestorebenchError) -> None:
        self._progress.note(str(error))
        self.errors.append(error)
        self._given_up.update(self._backlog.drop(model))
        self._finish_cells()

    def _lost(self, handle: Handle, error: Exception, reason: str = "") -> None:
        """A worker is gone: its images are done again, elsewhere."""
        shard, state = handle.shard, handle.state
        self._replace(handle)
        why = reason or cause(error)
        if shard is None:
            self._progress.note(f"{handle.name} was lost ({why}).")
            return
        if state == "loading":
            self._backlog.ended(shard)
            self._refusals[shard.model] += 1
            if self._refusals[shard.model] > MOST_REFUSALS:
                name = self._jobs[shard.model].name
                self._give_up(shard.model, ClusterError(f"{name} cannot be loaded: its workers were lost ({why})."))
            return
        left = len(shard.pairs)
        failed = self._backlog.lost(shard, by_image=by_image(self._pool.ray, error))
        again = f"{left - len(failed)} images are done again" if left > len(failed) else "no image is done again"
        self._progress.note(f"{handle.name} was lost ({why}); {again}.")
        opened = self._cells[shard.cell]
        for key in failed:
            group = opened.pairs[key].group
            self._record(
                shard.cell,
                ScoreRecord(
                    key,
                    dict.fromkeys(opened.cell.protocol.metrics),
                    None,
                    "failed",
                    f"Workers were lost over it again and again, last because of this: {why}.",
                    {"group": group} if group else {},
                ),
            )
        self._finish_cells()

    def _replace(self, handle: Handle) -> None:
        self._pool.remove(handle)
        self._pool.start()

    def _enforce_timeout(self) -> None:
        """End workers that have been at one image for too long."""
        now = time.monotonic()
        for handle in list(self._pool.handles):
            if handle.state == "working" and now - handle.since > self._timeout:
                hung = TimeoutError(f"no image was finished in {self._timeout:g} s")
                self._lost(handle, hung, str(hung))
