"""The last step of a matrix: every model keeps its pictures of the images that were chosen over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...machine.gpu_locks import gpu_name, share
from ...models.inference import Restorer, pick_device
from ...models.loading import open_model
from ...terminal.wording import counted
from ..cell import Control
from ..decoded_images import DecodedImages
from ..missing_pictures import describe_refusals, lacking_of, restore_pictures
from ..sources import ModelSource
from .contract import Matrix, recorded_errors

if TYPE_CHECKING:
    from ...registry.specs import Spec
    from ...runs.run import Run

__all__ = ["complete_matrix"]


def complete_matrix(
    matrix: Matrix, made: Sequence[tuple[Spec, Run]], control: Control, images: DecodedImages | None = None
) -> None:
    """Load every model that lacks pictures of the chosen images once more, in this process, and restore these again.

    What cannot be had is noted; no number depends on it.

    Args:
        matrix: that was done.
        made: its finished runs, each with the specification of its model.
        control: of the runs.
        images: that were decoded for them.

    Raises:
        JournalWriteError: the disk is full.
    """
    lacking = lacking_of([run for _, run in made], control)
    if lacking and not _is_here(matrix.settings.device):
        pictures = counted(sum(map(len, lacking.values())), "picture")
        control.progress.note(
            f"{pictures} for reports were not kept by the workers, and {matrix.settings.device} is not on this "
            "machine: `restorebench report OUT --complete` restores them where it is."
        )
        return
    for spec in {str(spec): spec for spec, run in made if run.path in lacking}.values():
        runs = {run.path: run for maker, run in made if maker == spec and run.path in lacking}
        wanted = [(run, lacking[path]) for path, run in runs.items()]
        with recorded_errors([], control.progress, f"{spec}, pictures for reports"):
            _complete_model(matrix, spec, wanted, control, images)


def _complete_model(
    matrix: Matrix,
    spec: Spec,
    wanted: Sequence[tuple[Run, Sequence[str]]],
    control: Control,
    images: DecodedImages | None,
) -> None:
    datasets = {str(name): dataset for name, dataset in matrix.datasets}
    loaded = open_model(spec)
    source = ModelSource(Restorer(loaded.network, loaded.card, matrix.settings), preflight=False, images=images)
    for run, keys in wanted:
        with share(gpu_name(matrix.settings.device), control.progress.note):
            refused = restore_pictures(run, keys, datasets[run.dataset], source, control.progress)
        for sentence in describe_refusals(run, refused):
            control.progress.note(sentence)


def _is_here(device: str) -> bool:
    try:
        pick_device(device)
    except UsageError:
        return False
    return True
