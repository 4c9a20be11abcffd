"""Evaluate one cell in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..contracts import ImagePair
from ..errors import StoppedError
from ..machine.gpu_locks import gpu_name, share
from ..metrics.kept_features import KeptFeatures
from ..models.observers import OBSERVATION_KINDS
from ..protocols.joint import JointScorer
from ..runs.observations import has_observation, save_observation
from ..runs.records import ScoreRecord
from ..runs.run import Run
from ..runs.writing import writing
from .cell import Cell, Control, OpenCell, open_cell
from .kept_images import measure_kept
from .scoring import records_of
from .sources import Loaded, Source

__all__ = ["run_cell", "save_observations"]


def run_cell(
    cell: Cell, source: Source[Loaded], out: Path, control: Control, features: KeptFeatures | None = None
) -> tuple[Run, ...]:
    """Do what is left of a cell below `out`, in this process, and return a run by each of its protocols.

    Args:
        cell: one model on one data set.
        source: of the restored images.
        out: the folder of the matrix.
        control: how to go about it.
        features: of targets, which other models on the same data set share.

    Raises:
        RunLockedError: another process is at it.
        PlanMismatchError: the folder holds another plan.
        UsageError: images are to be done again by some of the run's protocols only.
        JournalWriteError: the disk is full or `out` cannot be written; everything before is kept.
        StoppedError: too many images failed; see `Control.max_failures`.
    """
    with open_cell(cell, out, control) as opened, share(gpu_name(cell.device), control.progress.note):
        try:
            if cell.device is not None:
                measure_kept(opened, control)
            _fill(opened, source, control, features)
        except StoppedError:
            opened.finish()
            raise
        with writing(opened.folder, run=opened.folder):
            save_observations(opened.folder, source, opened.pairs, opened.shown())
        return opened.finish()


def _fill(opened: OpenCell, source: Source[Loaded], control: Control, features: KeptFeatures | None) -> None:
    """Run the pipeline over the pairs that have no record yet."""
    progress, waiting, total = control.progress, opened.waiting, len(opened.pairs)
    progress.start(opened.cell.title, total, total - len(waiting))
    try:
        for record in _records(opened, waiting, source, control, features):
            opened.record(record, source.remarks(record.key))
    finally:
        progress.finish()


def _records(
    opened: OpenCell,
    waiting: Sequence[ImagePair],
    source: Source[Loaded],
    control: Control,
    features: KeptFeatures | None,
) -> Iterator[ScoreRecord]:
    """The records of the waiting pairs, in their order; a finished cell prepares nothing."""
    if not waiting:
        return
    scorer = JointScorer(opened.cell.protocols, features)
    for sentence in opened.cell.nulls(scorer.unavailable):
        control.progress.note(sentence)
    source.prepare(waiting)
    yield from records_of(waiting, source, scorer, opened.keeper, workers=control.workers)


def save_observations(
    folder: Path, source: Source[Loaded], pairs: Mapping[str, ImagePair], keys: Sequence[str]
) -> None:
    """Keep the observations of the kept pictures that have none yet; each costs one more restoration of its image.

    An image that cannot be observed (it is restored in tiles, it is damaged, the model fails) goes without.

    Args:
        folder: the run folder.
        source: of the restored images.
        pairs: by key.
        keys: those whose pictures are kept.

    Raises:
        OSError: a file cannot be written.
    """
    for key in keys:
        if has_observation(folder, key, OBSERVATION_KINDS):
            continue
        for observation in source.observe(pairs[key]):
            save_observation(folder, key, observation)
