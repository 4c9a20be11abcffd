"""Evaluate one cell in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..contracts import ImagePair
from ..errors import ImageError, RestorationError
from ..machine.gpu_locks import gpu_name, share
from ..models.physics.maps import save_fields
from ..runs.fields import fields_path
from ..runs.records import ScoreRecord
from ..runs.run import (
    Run,
)
from .cell import Cell, Control, OpenCell, open_cell, writing
from .pipeline import Pipeline
from .scoring import score_image
from .sources import Loaded, Restoration, Source

__all__ = ["run_cell", "save_kept_fields"]


def run_cell(cell: Cell, source: Source, out: Path, control: Control) -> Run:
    """Do what is left of a cell below `out`, in this process, and return its run.

    Raises:
        RunLockedError: another process is at it.
        PlanMismatchError: the folder holds another plan.
        JournalWriteError: the disk is full or `out` cannot be written; everything before is kept.
    """
    with open_cell(cell, out, control) as opened, share(gpu_name(cell.device), control.progress.note):
        _fill(opened, source, control)
        with writing(opened.folder):
            save_kept_fields(opened.folder, source, opened.pairs, opened.shown())
        return opened.finish()


def _fill(opened: OpenCell, source: Source, control: Control) -> None:
    """Run the pipeline over the pairs that have no record yet."""
    progress, waiting, total = control.progress, opened.waiting, len(opened.pairs)
    progress.start(opened.cell.title, total, total - len(waiting))
    try:
        for record in _records(opened, source, control):
            opened.record(record)
    finally:
        progress.finish()


def _records(opened: OpenCell, source: Source, control: Control) -> Iterator[ScoreRecord]:
    """The records of the waiting pairs, in their order; a finished cell prepares nothing."""
    cell, keeper = opened.cell, opened.keeper
    if not opened.waiting:
        return
    scorer = cell.protocol.prepare(quantiser=cell.quantiser)
    for metric, reason in scorer.unavailable.items():
        control.progress.note(f"{cell.protocol.metric_facts[metric].title} will be null: {reason}")

    def score(pair: ImagePair, loaded: Loaded, restoration: Restoration) -> ScoreRecord:
        return score_image(pair, loaded, restoration, scorer, keeper)

    pipeline = Pipeline(source.load, source.restore, score, workers=control.workers)
    yield from pipeline.run(opened.waiting)


def save_kept_fields(folder: Path, source: Source, pairs: Mapping[str, ImagePair], keys: Sequence[str]) -> None:
    """Keep the fields of the kept pictures that have none yet; each costs one more restoration of its image.

    An image whose fields cannot be had (it is restored in tiles, it is damaged, the model fails) goes without.

    Args:
        folder: the run folder.
        source: where the restored images come from; nothing is done unless it is a model with a physics layer.
        pairs: by key.
        keys: those whose pictures are kept.

    Raises:
        OSError: a file cannot be written.
    """
    if source.observe is None:
        return
    for key in keys:
        path = fields_path(folder, key)
        if not path.is_file():
            with contextlib.suppress(RestorationError, ImageError):
                save_fields(path, source.observe(pairs[key]))
