"""Pictures that a report lacks: open the model of a run as its folder says, and restore the images again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from ..contracts import InferenceSettings
from ..errors import JournalWriteError, RestorebenchError, UsageError
from ..files.codec import decode
from ..registry.specs import parse_spec, with_path

if TYPE_CHECKING:
    from ..models.inference import Restorer
    from ..runs.plan import Plan
    from ..runs.run import Run
    from ..terminal.progress import Progress

__all__ = ["Completion", "complete_pictures"]


@dataclass(frozen=True, slots=True)
class Completion:
    """What is needed to restore images again, where run folders do not tell or must not be trusted."""

    datasets: tuple[str, ...] = ()
    """NAME=ROOT of data sets that are no longer where they were."""

    run_code: tuple[str, ...] = ()
    """Models of the user's own that may be run, as `run -m` takes them."""


def complete_pictures(runs: Sequence[Run], size: int, given: Completion, progress: Progress) -> None:
    """Keep the pictures that a report of these runs would show and that are missing; note those that cannot be had.

    Args:
        runs: to be shown together.
        size: number of images per selection.
        given: data sets and code.
        progress: of the work.

    Raises:
        UsageError: a data set is given twice or by a malformed text.
        JournalWriteError: the disk is full.
    """
    from ..evaluation.missing_pictures import describe_refusals, restore_pictures
    from ..evaluation.sources import ModelSource
    from ..machine.gpu_locks import gpu_name, share
    from ..runs.measured_dataset import dataset_roots, reopen_dataset
    from ..runs.shown_images import lacking_pictures

    roots = dataset_roots(given.datasets)
    by_folder = {run.path: run for run in runs}
    for path, keys in lacking_pictures(runs, size).items():
        run = by_folder[path]
        try:
            dataset = reopen_dataset(run, roots)
            restorer = _restorer(run, given.run_code)
            with share(gpu_name(restorer.settings.device), progress.note):
                refused = restore_pictures(run, keys, dataset, ModelSource(restorer, preflight=False), progress)
        except JournalWriteError:
            raise
        except RestorebenchError as error:
            refused = dict.fromkeys(keys, str(error).rstrip("."))
        for sentence in describe_refusals(run, refused):
            progress.note(sentence)


def _restorer(run: Run, permitted: Sequence[str]) -> Restorer:
    """Load the model of a run with its weights and settings.

    Raises:
        UsageError: the run has no model, or one whose code was not permitted.
        RestorebenchError: it cannot be loaded, or has other weights now.
    """
    from ..comparison.pairing import measured
    from ..models.inference import Restorer
    from ..models.loading import open_model
    from ..verdict.permitted_code import model_to_run

    plan = run.info.plan
    if "images_sha256" in plan.settings:
        raise UsageError("Its images were restored elsewhere: the same `score` command again keeps these pictures.")
    if "model_options" in plan.settings or "device" not in plan.settings:
        raise UsageError("Its model was made in Python: the same call of `evaluate` again keeps these pictures.")
    name, weights = model_to_run(measured(run), permitted)
    if run.info.weights.path and weights is None:
        raise UsageError(f"Its weights are no longer in {run.info.weights.path}, or have changed: put them back.")
    loaded = open_model(with_path(parse_spec(name), weights))
    if loaded.weights_sha256 != plan.weights_sha256:
        raise UsageError("The model has other weights here than when it was measured: run it again.")
    return Restorer(loaded.network, loaded.card, _settings(plan))


def _settings(plan: Plan) -> InferenceSettings:
    """The settings of a plan; one sample is enough, since the first is the one that is kept."""
    names = {each.name for each in fields(InferenceSettings)} - {"samples"}
    known = {name: value for name, value in plan.settings.items() if name in names}
    try:
        return decode(InferenceSettings, known)
    except ValueError as error:
        raise UsageError(f"Its settings cannot be read ({error}): run it again.") from error
