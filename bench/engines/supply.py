"""What workers need of weights, code and images: by path where they see it, else sent, once for each and said once."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from ..cell import OpenCell
from ..contracts import ImagePair
from ..progress import Progress
from .pool import Handle
from .shipping import Claim, Listing, Survey, absolute_pair, pack, send_pair
from .worker import ModelTask

__all__ = ["Supply"]


class Supply:
    """Decides what is sent.

    Args:
        ray: the module.
        progress: is told what is sent where.
        tasks: the models of the run, by number.
        opened: the cells of the run, each with the number of its model.

    Raises:
        ImageError: an image is gone.
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
        claims = tuple(claim for task in needed for claim in (task.weights, task.code) if claim is not None)
        listings = {
            cell.cell.plan.dataset: Listing.of([absolute_pair(pair) for pair in cell.pairs.values()])
            for _, cell in waiting
        }
        self.survey: Any = ray.put(Survey(claims, listings))
        """What a worker is asked to look for, in Ray's object store."""

    def files(self, handle: Handle, task: ModelTask) -> list[Any]:
        """The parcels of weights and code, or `None` for what the worker sees."""
        return [self._parcel(handle, claim) for claim in (task.weights, task.code)]

    def _parcel(self, handle: Handle, claim: Claim | None) -> Any:
        if claim is None or handle.seen is None or claim in handle.seen.claims:
            return None
        self._progress.note(f"{handle.host} does not see {claim.path}: it is sent there through Ray.")
        if claim not in self._parcels:
            self._parcels[claim] = self._ray.put(pack(claim.path))
        return self._parcels[claim]

    def images(self, handle: Handle, opened: OpenCell, pairs: Sequence[ImagePair]) -> tuple[ImagePair, ...]:
        """The pairs, with their content if the worker does not see them."""
        if handle.seen is None or opened.cell.plan.dataset in handle.seen.listings:
            return tuple(pairs)
        root = opened.cell.dataset.report.root
        self._progress.note(f"{handle.host} does not see {root}: its images are sent there through Ray.")
        return tuple(send_pair(pair) for pair in pairs)
