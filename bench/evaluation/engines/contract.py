"""The contract of engines: a matrix in, its outcome out."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...contracts import InferenceSettings, PairedDataset, QuantiserName
from ...errors import JournalWriteError, RestorebenchError
from ...metrics.metric import Metric
from ...registry.specs import Spec
from ...terminal.progress import Progress
from ..cell import Cell, Control
from ..model_cell import model_cell

if TYPE_CHECKING:
    from ...models.entries import LoadedModel
    from ...runs.run import Run

__all__ = ["Engine", "Matrix", "MatrixOutcome", "recorded_errors"]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Models x data sets, checked."""

    models: tuple[Spec, ...]
    datasets: tuple[tuple[Spec, PairedDataset], ...]
    settings: InferenceSettings
    protocols: tuple[str, ...] = ()
    """None for the one that papers use on each data set."""

    quantiser: QuantiserName | None = None
    metrics: Mapping[str, Metric] = field(default_factory=dict[str, Metric])
    """Measured besides those of the protocols, by what they were asked for with: a name or `./mine.py:MAE`."""

    def cell(self, loaded: LoadedModel, spec: Spec, dataset: PairedDataset) -> Cell:
        """The cell of one of its models, loaded, on one of its data sets."""
        return model_cell(
            loaded,
            self.settings,
            dataset,
            self.protocols,
            quantiser=self.quantiser,
            dataset_name=str(spec),
            metrics=tuple(self.metrics.values()),
        )


@dataclass(frozen=True, slots=True)
class MatrixOutcome:
    """The outcome of a matrix."""

    runs: tuple[Run, ...]
    """For each cell a run by each protocol."""

    errors: tuple[RestorebenchError, ...]
    """Errors of cells that could not be run at all."""

    out: Path

    @property
    def exit_code(self) -> int:
        """0; 1 if images failed; the error's own if a cell could not run."""
        if self.errors:
            return self.errors[0].exit_code
        return int(any(run.summary.failed for run in self.runs))


class Engine(Protocol):
    """Does the work; one bad cell does not stop the others."""

    def device(self, asked: str | None) -> str:
        """The device of the work: the asked one, or the best there is.

        Raises:
            UsageError: there is none of this name where the work would be done.
        """
        ...

    def run(self, matrix: Matrix, out: Path, control: Control) -> MatrixOutcome:
        """Do what is left of every cell, below `out`.

        Raises:
            JournalWriteError: the disk is full; everything recorded is kept.
        """
        ...


@contextlib.contextmanager
def recorded_errors(errors: list[RestorebenchError], progress: Progress, what: str) -> Generator[None]:
    """Note an error of one cell and go on with the next; a full disk ends everything."""
    try:
        yield
    except JournalWriteError:
        raise
    except RestorebenchError as error:
        progress.note(f"{what}: {error}")
        errors.append(error)
