"""Models x data sets: everything is checked before anything runs, and one bad cell does not stop the others."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .api import model_cell
from .cell import Control, run_cell
from .contracts import PairedDataset
from .errors import JournalWriteError, RestorebenchError, UsageError
from .inference import Restorer, pick_device
from .models import MODELS, open_model
from .opening import open_dataset
from .plan import InferenceSettings
from .progress import Progress
from .protocols import get_protocol
from .specs import Spec, parse_spec
from .suite import RunOptions

if TYPE_CHECKING:
    from .runs import Run

__all__ = ["Outcome", "best_device", "run_matrix"]

DEFAULT_OUT = "restorebench-out"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call of `run`."""

    runs: tuple[Run, ...]
    errors: tuple[RestorebenchError, ...]
    """Of cells that could not be run at all."""

    out: Path

    @property
    def exit_code(self) -> int:
        """0; 1 if images failed; the error's own if a cell could not run."""
        if self.errors:
            return self.errors[0].exit_code
        return int(any(run.summary.failed for run in self.runs))


def run_matrix(options: RunOptions, control: Control) -> Outcome:
    """Evaluate every model on every data set.

    Raises:
        UsageError: a wrong name or option, before anything has run.
        DatasetError: a data set that cannot be opened, before anything has run.
        JournalWriteError: the disk is full.
    """
    options.check()
    models, settings = _models(options.models), _settings(options)
    pick_device(settings.device)
    if options.protocol is not None:
        get_protocol(options.protocol)
    datasets = _open_all(options.datasets)
    out = Path(options.out or DEFAULT_OUT)
    runs: list[Run] = []
    errors: list[RestorebenchError] = []
    for spec in models:
        with _recorded(errors, control.progress, str(spec)):
            loaded = open_model(spec)
            restorer = Restorer(loaded.network, loaded.card, settings)
            for dataset_spec, dataset in datasets:
                with _recorded(errors, control.progress, f"{spec} on {dataset_spec}"):
                    cell = model_cell(
                        loaded,
                        restorer,
                        dataset,
                        options.protocol,
                        quantiser=options.quantiser,
                        dataset_name=str(dataset_spec),
                    )
                    runs.append(run_cell(cell, out, control))
    return Outcome(tuple(runs), tuple(errors), out)


@contextlib.contextmanager
def _recorded(errors: list[RestorebenchError], progress: Progress, what: str) -> Generator[None]:
    """Note an error of one cell and go on with the next; a full disk ends everything."""
    try:
        yield
    except JournalWriteError:
        raise
    except RestorebenchError as error:
        progress.note(f"{what}: {error}")
        errors.append(error)


def _models(texts: Sequence[str]) -> list[Spec]:
    """Parse the models and check their names and weights files, so that a typing error costs no night."""
    if not texts:
        raise UsageError("No model was given: name one with -m NAME=WEIGHTS; `restorebench models` lists them.")
    specs = [parse_spec(text) for text in texts]
    for spec in specs:
        MODELS.get(spec.name)
        if spec.path is not None and not spec.path.exists():
            raise UsageError(f"There is no weights file {spec.path} for {spec.name}: check the path after the '='.")
    names = [f"{spec}={spec.path}" if MODELS.get(spec.name).from_file else str(spec) for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"The model {twice[0]} was given twice, but a run folder holds one: compare weights in two --out folders."
        )
    return specs


def _open_all(texts: Sequence[str]) -> list[tuple[Spec, PairedDataset]]:
    if not texts:
        raise UsageError("No data set was given: name one with -d NAME=ROOT; `restorebench datasets` lists them.")
    specs = [parse_spec(text) for text in texts]
    return [(spec, open_dataset(spec.name, spec.path, **spec.options)) for spec in specs]


def _settings(options: RunOptions) -> InferenceSettings:
    default = InferenceSettings()
    return InferenceSettings(
        device=options.device or best_device(),
        precision=options.precision or default.precision,
        tile=options.tile,
        tile_overlap=default.tile_overlap if options.tile_overlap is None else options.tile_overlap,
        tile_on_oom=bool(options.tile_on_oom),
        seed=options.seed or default.seed,
        channels_last=bool(options.channels_last),
        samples=options.samples or default.samples,
    )


def best_device() -> str:
    """`cuda` where torch finds a GPU, otherwise `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
