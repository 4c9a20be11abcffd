"""Inputs of workers: weights, code and images, by path where a worker sees the file, otherwise sent through Ray."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from ....contracts import ImagePair
from ....errors import CheckpointError
from ....terminal.progress import Progress
from ...cell import OpenCell
from .pool import Handle
from .shards import LARGEST
from .transfer import Claim, Listing, Survey, absolute_pair, pack, send_pair
from .worker import ModelTask

__all__ = ["WorkerInputs"]

LARGEST_SENT = 8
"""Most images of a shard if their content is sent."""

OWN_MODULE = "_restorebench_user_"
"""Begins the names of modules that `registry.import_user_file` makes, which no worker could import."""


class WorkerInputs:
    """Decides which inputs are sent to which worker.

    Args:
        ray: the module.
        progress: receives a note about everything that is sent.
        tasks: the models of the run, by number.
        opened: the cells of the run, each with the number of its model.
    """

    def __init__(
        self,
        ray: ModuleType,
        progress: Progress,
        tasks: Mapping[int, ModelTask],
        opened: Sequence[tuple[int, OpenCell]],
    ) -> None:
        self._ray, self._progress = ray, progress
        self._parcels: dict[Claim, Any] = {}
        waiting = [(model, cell) for model, cell in opened if cell.waiting]
        needed = [tasks[model] for model in sorted({model for model, _ in waiting})]
        claims = tuple(dict.fromkeys(claim for task in needed for claim in task.claims if claim is not None))
        datasets = {cell.cell.plan.dataset: cell for _, cell in waiting}  # the models of a run share them
        listings = {
            name: Listing.of([absolute_pair(pair) for pair in cell.pairs.values()]) for name, cell in datasets.items()
        }
        self._datasets = frozenset(listings)
        for listing in listings.values():
            _send_classes_along(ray, listing.pairs)
        self.survey: Any = ray.put(Survey(claims, listings))
        """The files that a worker is to look for, in Ray's object store."""

    def files(self, handle: Handle, task: ModelTask) -> list[Any]:
        """Weights and code, of the model and of the metrics, to be sent; `None` for a file that the worker sees.

        Raises:
            CheckpointError: a file that must be sent cannot be read.
        """
        return [self._parcel(handle, claim) for claim in task.claims]

    def _parcel(self, handle: Handle, claim: Claim | None) -> Any:
        if claim is None or handle.seen is None or claim in handle.seen.claims:
            return None
        self._progress.note(f"{handle.host} does not see {claim.path}: it is sent there through Ray.")
        if claim not in self._parcels:
            try:
                self._parcels[claim] = self._ray.put(pack(claim.path, [name for name, _ in claim.beside]))
            except OSError as error:
                raise CheckpointError(
                    f"{claim.path} cannot be read any more ({error.strerror or error}): put it back and run the same "
                    "command again."
                ) from error
        return self._parcels[claim]

    def shard_limit(self, handle: Handle) -> int:
        """Most images of a shard for this worker: few if they are sent, since all of them are held in memory."""
        return LARGEST if handle.seen is None or handle.seen.listings >= self._datasets else LARGEST_SENT

    def images(self, handle: Handle, opened: OpenCell, pairs: Sequence[ImagePair]) -> tuple[ImagePair, ...]:
        """The pairs, including their content if the worker does not see the files."""
        if handle.seen is None or opened.cell.plan.dataset in handle.seen.listings:
            return tuple(pairs)
        root = opened.cell.dataset.report.root
        self._progress.note(f"{handle.host} does not see {root}: its images are sent there through Ray.")
        return tuple(send_pair(pair) for pair in pairs)


def _send_classes_along(ray: ModuleType, pairs: Sequence[ImagePair]) -> None:
    """Make Ray send image classes defined in a user's file along with their instances."""
    modules = {type(source).__module__ for pair in pairs for source in (pair.degraded, pair.target)}
    for name in modules:
        if name.startswith(OWN_MODULE):
            ray.cloudpickle.register_pickle_by_value(sys.modules[name])
