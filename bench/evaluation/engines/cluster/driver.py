"""The loop of a run on workers: give shards, take records, notice who is lost, and never lose an image over it."""

# Ray types its references as unknown:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import CheckpointError, ClusterError, RestorebenchError, StoppedError
from ....terminal.wording import counted
from ...cell import Control, OpenCell
from .admission import Reception
from .ledger import Ledger
from .load_failures import Refusals
from .pool import UNREPORTED, Handle
from .shards import Backlog, Shard
from .transfer import absolute_pair
from .worker import CellTask, ModelTask, Refused, Scored, images_in_flight
from .worker_inputs import Supply
from .worker_loss import by_image, cause

if TYPE_CHECKING:
    from ....runs.run import Run

__all__ = ["Driver", "Job"]

TICK = 1.0
"""Seconds between two looks at the time limits."""

HOPE = 300.0
"""Seconds in which a worker that is coming up may still turn out to be the one that can load a model."""

PREPARATION = 1800.0
"""Seconds in which a worker has to look for files, to load a model, or to load what scores images."""

MOST_FAILED_LOADS = 3
"""Workers that may be lost over loading a model before it is given up."""


@dataclass(frozen=True, slots=True)
class Job:
    """A model of the run."""

    name: str
    task: ModelTask


class Driver:
    """Drives the workers of a pool through the images of cells.

    Args:
        reception: of the workers, whose answers this object takes from now on.
        jobs: the models, by number.
        control: progress and pictures.
        image_timeout: seconds after which an image counts as hung.
    """

    def __init__(self, reception: Reception, jobs: Sequence[Job], control: Control, image_timeout: float) -> None:
        self._reception, self._pool = reception, reception.pool
        self._jobs, self._control, self._timeout = jobs, control, image_timeout
        self._progress = control.progress
        self._failed_loads: Counter[int] = Counter()
        self._refusals = Refusals()
        self._given_up: set[int] = set()
        self.errors: list[RestorebenchError] = []
        """Of models that no worker could load."""

    def work(self, opened: Sequence[tuple[int, OpenCell]]) -> list[Run]:
        """Do every waiting image of cells that are open; returns the runs of those that could be finished.

        Args:
            opened: cells, each with the number of its model.

        Raises:
            ClusterError: no worker can work any more.
            JournalWriteError: the disk is full.
        """
        waiting = [(model, [absolute_pair(pair) for pair in cell.waiting]) for model, cell in opened]
        in_flight = images_in_flight(self._pool.share.cpus) + UNREPORTED
        self._backlog = Backlog(waiting, in_flight=in_flight)
        tasks = {number: job.task for number, job in enumerate(self._jobs)}
        self._supply = Supply(self._pool.ray, self._progress, tasks, opened)
        self._tasks = {number: self._cell_task(number, cell) for number, (_, cell) in enumerate(opened)}
        total = sum(len(cell.pairs) for _, cell in opened)
        self._progress.start(self._title(), total, total - self._backlog.waiting)
        try:
            self._ledger = Ledger([cell for _, cell in opened], self._backlog)
            while not self._ledger.complete:
                self._assign()
                for handle in self._pool.ready(TICK):
                    self._answered(handle)
                self._enforce_limits()
                self._give_up_refused()
                self._reception.tell_if_deserted()
                self._progress.rename(self._title())
        finally:
            self._progress.finish()
        return self._ledger.runs

    def _title(self) -> str:
        return f"{counted(len(self._tasks), 'cell')} on {counted(self._pool.present, 'worker')}"

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
            handle.shard = shard = self._backlog.take(
                self._pool.share.workers,
                handle.model,
                without=self._refusals.of(handle.host) - {handle.model},
                most=self._supply.most(handle),
            )
            if shard is not None and shard.model == handle.model:
                self._run(handle, shard)
            elif shard is not None:
                self._load(handle, shard)

    def _load(self, handle: Handle, shard: Shard) -> None:
        task = self._jobs[shard.model].task
        handle.model = None
        try:
            files = self._supply.files(handle, task)
        except CheckpointError as error:
            self._release(handle, shard)
            self._give_up(shard.model, error)
        else:
            handle.ask("loading", handle.actor.load.remote(task, *files))

    def _run(self, handle: Handle, shard: Shard) -> None:
        pairs = self._supply.images(handle, self._ledger.cell(shard.cell), list(shard.pairs.values()))
        handle.ask("preparing", self._pool.stream(handle, self._tasks[shard.cell], pairs))

    # What workers answer

    def _answered(self, handle: Handle) -> None:
        try:
            if handle.state == "starting":
                self._reception.welcome(handle)
            elif handle.state == "looking":
                handle.seen = self._pool.ray.get(handle.waiting_for)
                self._reception.came_up()
                handle.rest()
            elif handle.state == "loading":
                self._loaded(handle, self._pool.ray.get(handle.waiting_for))
            else:
                self._reported(handle)
        except self._pool.ray.exceptions.RayError as error:
            self._lost(handle, cause(error), by_image=by_image(self._pool.ray, error))

    def _loaded(self, handle: Handle, answer: object) -> None:
        if isinstance(answer, Refused):
            self._refused(handle, answer.reason)
        elif handle.shard is not None:
            handle.model = handle.shard.model
            self._run(handle, handle.shard)

    def _reported(self, handle: Handle) -> None:
        """Take one answer of a stream."""
        shard = handle.shard
        if shard is None or handle.hello is None:
            return
        try:
            answer = self._pool.ray.get(next(handle.waiting_for))
        except StopIteration:
            self._release(handle, shard)
            return
        handle.answered()
        if isinstance(answer, Scored):
            try:
                self._ledger.take(shard, answer, handle.number, handle.hello)
            except StoppedError as error:
                self._give_up(shard.model, error)
        elif isinstance(answer, Refused):
            self._refused(handle, answer.reason)
        else:
            handle.state = "working"

    # What goes wrong

    def _release(self, handle: Handle, shard: Shard) -> None:
        self._ledger.release(shard)
        handle.shard = None
        handle.rest()

    def _refused(self, handle: Handle, reason: str) -> None:
        """A worker cannot load a model, or not what scores its images; workers on other machines may."""
        shard, handle.model = handle.shard, None
        if shard is None:
            return
        said = f"{self._jobs[shard.model].name} on {handle.name}: {reason}"
        if self._refusals.add(shard.model, handle.host, said):
            self._progress.note(said)
        self._release(handle, shard)

    def _give_up_refused(self) -> None:
        """Give up models that every worker refuses, unless one is coming up that may not."""
        now, here = time.monotonic(), [handle for handle in self._pool.handles if handle.hello is not None]
        if not here or any(handle.state == "starting" and now - handle.since < HOPE for handle in self._pool.handles):
            return
        for model, reason in self._refusals.reasons.items():
            able = any(handle.has(model) or model not in self._refusals.of(handle.host) for handle in here)
            if not able and self._backlog.waits_for(model):
                self._give_up(model, ClusterError(reason))

    def _give_up(self, model: int, error: RestorebenchError) -> None:
        if model not in self._given_up:
            self._given_up.add(model)
            self.errors.append(error)
            self._progress.note(str(error))
            self._ledger.give_up(model)

    def _lost(self, handle: Handle, why: str, *, by_image: bool) -> None:
        """A worker is gone: its images are done again, elsewhere."""
        shard, state = handle.shard, handle.state
        if state == "looking":
            self._reception.failed(handle, f"{handle.name} cannot look for its files: {why}.", again=True)
            return
        self._pool.remove(handle)
        self._pool.start()
        if shard is None:
            self._progress.note(f"{handle.name} was lost ({why}).")
        elif state == "working":
            self._progress.note(
                f"{handle.name} was lost ({why}); {counted(len(shard.pairs), 'image')} without a record wait again."
            )
            self._ledger.lose(shard, why, by_image=by_image)
        else:
            self._failed_load(
                shard, f"{handle.name} was lost when it was to load {self._jobs[shard.model].name} ({why})"
            )

    def _failed_load(self, shard: Shard, said: str) -> None:
        self._progress.note(f"{said}.")
        self._ledger.release(shard)
        self._failed_loads[shard.model] += 1
        if self._failed_loads[shard.model] >= MOST_FAILED_LOADS:
            self._give_up(shard.model, ClusterError(f"{said}, as others were: it is given up."))

    def _enforce_limits(self) -> None:
        """End workers that have been at one thing for too long."""
        now = time.monotonic()
        for handle in list(self._pool.handles):
            if handle.state in {"looking", "loading", "preparing"} and now - handle.since > PREPARATION:
                self._lost(handle, f"not ready after {PREPARATION:g} s", by_image=False)
            elif handle.state == "working" and now - handle.since > (limit := self._image_limit(handle)):
                self._lost(handle, f"no image was finished in {limit:g} s", by_image=True)

    def _image_limit(self, handle: Handle) -> float:
        """Seconds: the first of several images is reported while the second is being restored, or after it."""
        first = handle.answers == 1 and handle.shard is not None and len(handle.shard.pairs) > 1
        return 2 * self._timeout if first else self._timeout
