"""The driver of a cluster run: hand out shards, collect records, and replace lost workers without losing an image."""

# Ray types its references as unknown:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import CheckpointError, ClusterError, RestorebenchError, StoppedError
from ....protocols.joint import JointScorer
from ....terminal.wording import counted
from ...cell import Control, OpenCell
from ...kept_images import measure_kept
from .admission import WorkerAdmission
from .ledger import Ledger
from .load_failures import LoadFailures
from .pool import UNREPORTED, Handle
from .shards import Backlog, Shard
from .transfer import absolute_pair
from .worker import CellTask, ModelTask, Refused, Scored, images_in_flight
from .worker_inputs import WorkerInputs
from .worker_loss import by_image, cause

if TYPE_CHECKING:
    from ....runs.run import Run

__all__ = ["Driver", "ModelJob"]

POLL_SECONDS = 1.0
"""Interval between two checks of the time limits."""

STARTUP_GRACE_SECONDS = 300.0
"""Before giving a model up, wait this long for workers still starting."""

PREPARATION_SECONDS = 1800.0
"""Time limit for a worker to look for files, to load a model, or to load the metrics."""

MOST_FAILED_LOADS = 3
"""Workers that may be lost while loading a model before it is given up."""


@dataclass(frozen=True, slots=True)
class ModelJob:
    """A model of the run."""

    name: str
    task: ModelTask


class Driver:
    """One cluster run: drives the workers of a pool through the images of open cells.

    Args:
        admission: of the workers, whose answers this object takes from now on.
        jobs: the models, by number.
        opened: the cells, each with the number of its model.
        control: progress and pictures.
        image_timeout: seconds after which an image counts as hung.
    """

    def __init__(
        self,
        admission: WorkerAdmission,
        jobs: Sequence[ModelJob],
        opened: Sequence[tuple[int, OpenCell]],
        control: Control,
        image_timeout: float,
    ) -> None:
        self._admission, self._pool = admission, admission.pool
        self._jobs, self._timeout, self._progress = jobs, image_timeout, control.progress
        self._failed_loads: Counter[int] = Counter()
        self._load_failures = LoadFailures()
        self._given_up: set[int] = set()
        for _, cell in opened:
            measure_kept(cell, control)
        self._images = sum(len(cell.pairs) for _, cell in opened)
        waiting = [(model, [absolute_pair(pair) for pair in cell.waiting]) for model, cell in opened]
        self._backlog = Backlog(waiting, in_flight=images_in_flight(self._pool.share.cpus) + UNREPORTED)
        self._ledger = Ledger([cell for _, cell in opened], self._backlog)
        tasks = {number: job.task for number, job in enumerate(jobs)}
        self._inputs = WorkerInputs(self._pool.ray, self._progress, tasks, opened)
        self._tasks = {number: _cell_task(number, cell, control) for number, (_, cell) in enumerate(opened)}
        self.errors: list[RestorebenchError] = []
        """Errors of models that no worker could load."""

    def work(self) -> list[Run]:
        """Process every waiting image; return the runs, by each protocol, of the cells that could be finished.

        Raises:
            ClusterError: no worker can work any more.
            JournalWriteError: the disk is full.
        """
        self._progress.start(self._title(), self._images, self._images - self._backlog.waiting)
        try:
            self._ledger.close_complete()
            while not self._ledger.complete:
                self._assign()
                for handle in self._pool.ready(POLL_SECONDS):
                    self._answered(handle)
                self._enforce_limits()
                self._give_up_unloadable()
                self._admission.warn_if_no_workers()
                self._progress.rename(self._title())
        finally:
            self._progress.finish()
        return self._ledger.runs

    def _title(self) -> str:
        return f"{counted(len(self._tasks), 'cell')} on {counted(self._pool.present, 'worker')}"

    # Assigning work

    def _assign(self) -> None:
        """Assign work to every idle worker."""
        for handle in self._pool.handles:
            if handle.state != "idle":
                continue
            if handle.seen is None:
                handle.ask("looking", handle.actor.look.remote(self._inputs.survey))
                continue
            handle.shard = shard = self._backlog.take(
                self._pool.share.workers,
                handle.model,
                without=self._load_failures.on(handle.host) - {handle.model},
                most=self._inputs.shard_limit(handle),
            )
            if shard is not None and shard.model == handle.model:
                self._run(handle, shard)
            elif shard is not None:
                self._load(handle, shard)

    def _load(self, handle: Handle, shard: Shard) -> None:
        task = self._jobs[shard.model].task
        handle.model = None
        try:
            files = self._inputs.files(handle, task)
        except CheckpointError as error:
            self._release(handle, shard)
            self._give_up(shard.model, error)
        else:
            handle.ask("loading", handle.actor.load.remote(task, *files))

    def _run(self, handle: Handle, shard: Shard) -> None:
        pairs = self._inputs.images(handle, self._ledger.cell(shard.cell), list(shard.pairs.values()))
        handle.ask("preparing", self._pool.stream(handle, self._tasks[shard.cell], pairs))

    # Handling answers

    def _answered(self, handle: Handle) -> None:
        try:
            if handle.state == "starting":
                self._admission.admit(handle)
            elif handle.state == "looking":
                handle.seen = self._pool.ray.get(handle.waiting_for)
                self._admission.mark_ready()
                handle.mark_idle()
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
        """Handle one answer of a stream."""
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

    # Handling failures

    def _release(self, handle: Handle, shard: Shard) -> None:
        self._ledger.release(shard)
        handle.shard = None
        handle.mark_idle()

    def _refused(self, handle: Handle, reason: str) -> None:
        """Handle a worker that cannot load a model or its metrics; workers on other machines may be able to."""
        shard, handle.model = handle.shard, None
        if shard is None:
            return
        said = f"{self._jobs[shard.model].name} on {handle.name}: {reason}"
        if self._load_failures.add(shard.model, handle.host, said):
            self._progress.note(said)
        self._release(handle, shard)

    def _give_up_unloadable(self) -> None:
        """Give up models that no worker can load, unless one that may be able to is still starting."""
        now, here = time.monotonic(), [handle for handle in self._pool.handles if handle.hello is not None]
        if not here or any(
            handle.state == "starting" and now - handle.since < STARTUP_GRACE_SECONDS for handle in self._pool.handles
        ):
            return
        for model, reason in self._load_failures.reasons.items():
            able = any(handle.has(model) or model not in self._load_failures.on(handle.host) for handle in here)
            if not able and self._backlog.waits_for(model):
                self._give_up(model, ClusterError(reason))

    def _give_up(self, model: int, error: RestorebenchError) -> None:
        if model not in self._given_up:
            self._given_up.add(model)
            self.errors.append(error)
            self._progress.note(str(error))
            self._ledger.give_up(model)

    def _lost(self, handle: Handle, why: str, *, by_image: bool) -> None:
        """Replace a lost worker; its images are restored again, elsewhere."""
        shard, state = handle.shard, handle.state
        if state == "looking":
            self._admission.reject(handle, f"{handle.name} cannot look for its files: {why}.", again=True)
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
            self._progress.note(f"{handle.name} was lost while loading {self._jobs[shard.model].name} ({why}).")
            self._failed_load(shard, why)

    def _failed_load(self, shard: Shard, why: str) -> None:
        self._ledger.release(shard)
        self._failed_loads[shard.model] += 1
        lost, model = self._failed_loads[shard.model], self._jobs[shard.model].name
        if lost >= MOST_FAILED_LOADS:
            self._give_up(
                shard.model, ClusterError(f"Gave up loading {model} after {lost} lost workers; the last: {why}.")
            )

    def _enforce_limits(self) -> None:
        """End workers that have exceeded a time limit."""
        now = time.monotonic()
        for handle in list(self._pool.handles):
            if handle.state in {"looking", "loading", "preparing"} and now - handle.since > PREPARATION_SECONDS:
                self._lost(handle, f"not ready after {PREPARATION_SECONDS:g} s", by_image=False)
            elif handle.state == "working" and now - handle.since > (limit := self._image_limit(handle)):
                self._lost(handle, f"no image was finished in {limit:g} s", by_image=True)

    def _image_limit(self, handle: Handle) -> float:
        """Time limit in seconds; doubled for the first of several images, reported only after the second began."""
        first = handle.answers == 1 and handle.shard is not None and len(handle.shard.pairs) > 1
        return 2 * self._timeout if first else self._timeout


def _cell_task(number: int, opened: OpenCell, control: Control) -> CellTask:
    """The scoring task of a cell; metrics that cannot be computed are announced."""
    cell = opened.cell
    unavailable = JointScorer(cell.protocols).unavailable if opened.waiting else {}
    for sentence in cell.nulls(unavailable):
        control.progress.note(sentence)
    return CellTask(
        number,
        tuple((each.id, each.quantiser) for each in cell.protocols),
        control.save_images,
        tuple(unavailable),
    )
