"""The engine of one machine: one model after the other, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import RestorebenchError
from ...metrics.kept_features import KeptFeatures
from ..cell import Control
from ..decoded_images import DecodedImages, default_budget
from ..in_process import run_cell
from ..sources import ModelSource
from .contract import Matrix, MatrixOutcome, recorded_errors
from .pictures import complete_matrix

if TYPE_CHECKING:
    from ...registry.specs import Spec
    from ...runs.run import Run

__all__ = ["LocalEngine"]

GB = 10**9


class LocalEngine:
    """Runs every cell here; a model is loaded once for all of its data sets.

    Args:
        finished: the runs of models that have nothing left to do, by their place in the matrix; they are not loaded.
    """

    def __init__(self, finished: Mapping[int, tuple[Run, ...]] | None = None) -> None:
        self._finished = finished or {}

    def device(self, asked: str | None) -> str:
        """The asked device, or `cuda` where torch finds a GPU, otherwise `cpu`.

        Raises:
            UsageError: torch cannot use the asked one.
        """
        from ...models.devices import best_device, pick_device

        name = asked or best_device()
        pick_device(name)
        return name

    def run(self, matrix: Matrix, out: Path, control: Control) -> MatrixOutcome:
        """Do what is left of every cell, below `out`.

        Raises:
            JournalWriteError: the disk is full; everything recorded is kept.
        """
        from ...models.inference import Restorer
        from ...models.loading import open_model

        made: list[tuple[Spec, Run]] = []
        budget = _shared_memory(len(matrix.models) - len(self._finished), control)
        images, features = DecodedImages(budget), KeptFeatures(budget // 2)
        errors: list[RestorebenchError] = []
        for place, spec in enumerate(matrix.models):
            if place in self._finished:
                made += [(spec, run) for run in self._finished[place]]
                continue
            with recorded_errors(errors, control.progress, str(spec)):
                loaded = open_model(spec)
                restorer = Restorer(loaded.network, loaded.card, matrix.settings)
                for dataset_spec, dataset in matrix.datasets:
                    with recorded_errors(errors, control.progress, f"{spec} on {dataset_spec}"):
                        cell = matrix.cell(loaded, dataset_spec, dataset)
                        source = ModelSource(restorer, images=images)
                        made += [(spec, run) for run in run_cell(cell, source, out, control, features)]
        complete_matrix(matrix, made, control, images)
        return MatrixOutcome(tuple(run for _, run in made), tuple(errors), out)


def _shared_memory(models: int, control: Control) -> int:
    """Bytes for decoded images, which one model alone has no use for; half as many again for features of targets."""
    if models <= 1:
        return 0
    asked = control.image_memory
    return default_budget() if asked is None else int(asked * GB)
