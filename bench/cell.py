"""One cell of an evaluation on disk: start or resume its run folder, fill its journal, close it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from .contracts import ImagePair, ModelCard, PairedDataset, QuantiserName
from .environment import Environment, current_environment
from .errors import JournalWriteError, PlanMismatchError
from .evaluation import Loaded, Restoration, Source, save_pair_pictures, score_image
from .images import save_png
from .journal import Journal, rewrite_journal
from .locking import hold
from .pictures import PictureKeeper, SaveImages
from .pipeline import Pipeline
from .plan import Plan, plan_difference
from .progress import Progress, Silent
from .protocols import Protocol
from .records import ScoreRecord
from .runs import (
    RESTORED_FOLDER,
    RUN_FILE,
    SCORES_FILE,
    ProtocolFacts,
    Run,
    RunInfo,
    WeightsFacts,
    cell_name,
    load_run,
    read_info,
    write_info,
)

__all__ = ["Cell", "Control", "Redo", "run_cell"]

Redo = Literal["failed", "missing"]
"""Which recorded images a resumed run does again: failed ones, or also those with a missing metric."""


@dataclass(frozen=True, slots=True)
class Control:
    """How a cell is worked through; none of it moves a number."""

    limit: int | None = None
    """Only the first so many pairs; a later call without it does the rest."""

    save_images: SaveImages = "worst"
    redo: Redo = "failed"
    workers: int | None = None
    """Threads for loading and, again, for scoring."""

    progress: Progress = field(default_factory=Silent)
    command: str = ""
    """What repeats the run in a shell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything that one cell needs, made ready."""

    plan: Plan
    dataset: PairedDataset
    card: ModelCard
    weights: WeightsFacts
    protocol: Protocol
    quantiser: QuantiserName
    source: Source
    device: str | None
    """The torch device of the work; `None` if no network runs."""

    keys: frozenset[str] | None = None
    """Only these pairs; `None` for all."""

    def folder(self, out: Path) -> Path:
        """The cell's folder below `out`."""
        return out / cell_name(self.plan.dataset) / cell_name(self.plan.model)


def run_cell(cell: Cell, out: Path, control: Control) -> Run:
    """Do what is left of a cell below `out` and return its run.

    Raises:
        RunLockedError: another process is at it.
        PlanMismatchError: the folder holds another plan.
        JournalWriteError: the disk is full or `out` cannot be written; everything before is kept.
    """
    folder = cell.folder(out)
    try:
        return _run_in(folder, cell, control)
    except OSError as error:  # reading an image fails that image alone; what is left is writing
        raise JournalWriteError(
            f"Cannot write {error.filename or folder} ({error.strerror or error}): everything recorded so far is kept; "
            "make room or fix the permissions, and run the same command again."
        ) from error


def _run_in(folder: Path, cell: Cell, control: Control) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (pair for pair in cell.dataset if cell.keys is None or pair.key in cell.keys)
    pairs = {pair.key: pair for pair in islice(wanted, control.limit)}
    with hold(folder):
        info = _start(cell, folder, len(pairs), control)
        with Journal(folder / SCORES_FILE, _keep(control.redo)) as journal:
            keeper = PictureKeeper(folder / RESTORED_FOLDER, save_png, control.save_images, journal.records)
            _fill(cell, journal, pairs, keeper, control)
        _sort_journal(folder / SCORES_FILE, journal.records, [pair.key for pair in cell.dataset])
        save_pair_pictures(folder.parent / "images", pairs, keeper.kept(pairs))
        write_info(folder, replace(info, summary=load_run(folder).summary))
    return load_run(folder)


def _start(cell: Cell, folder: Path, selected: int, control: Control) -> RunInfo:
    """Write `run.json`, or check that the one there is of the same plan."""
    environment = current_environment(cell.device)
    if not (folder / RUN_FILE).is_file():
        info = _new_info(cell, environment, selected, control.command)
        write_info(folder, info)
        return info
    info = read_info(folder)
    if info.plan_sha256 != cell.plan.sha256:
        changes = "; ".join(plan_difference(info.plan, cell.plan))
        raise PlanMismatchError(
            f"{folder} was started with another plan ({changes}): choose another --out, or delete it to start anew."
        )
    if info.environment.packages != environment.packages or info.environment.cpu != environment.cpu:
        control.progress.note(f"{folder} was started with other software or on another machine; the record says so.")
        info = replace(info, resumed_in=(*info.resumed_in, environment))
    info = replace(info, selected=max(selected, info.selected), command=control.command or info.command)
    write_info(folder, info)
    return info


def _new_info(cell: Cell, environment: Environment, selected: int, command: str) -> RunInfo:
    protocol = cell.protocol
    return RunInfo(
        plan=cell.plan,
        plan_sha256=cell.plan.sha256,
        dataset=cell.dataset.card,
        copy=cell.dataset.report,
        model=cell.card,
        weights=cell.weights,
        protocol=ProtocolFacts(
            protocol.id, protocol.title, str(protocol.source), protocol.formula, protocol.metrics, cell.quantiser
        ),
        environment=environment,
        command=command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        selected=selected,
    )


def _keep(redo: Redo) -> Callable[[ScoreRecord], bool]:
    def keep(record: ScoreRecord) -> bool:
        if record.status == "failed":
            return False
        return redo == "failed" or all(value is not None for value in record.metrics.values())

    return keep


def _fill(cell: Cell, journal: Journal, pairs: dict[str, ImagePair], keeper: PictureKeeper, control: Control) -> None:
    """Run the pipeline over the pairs that have no record yet."""
    progress = control.progress
    recorded = {record.key for record in journal.records}
    waiting = [pair for key, pair in pairs.items() if key not in recorded]
    progress.start(f"{cell.plan.model} on {cell.dataset.card.title}", len(pairs), len(pairs) - len(waiting))
    try:
        for record in _records(cell, waiting, keeper, control):
            journal.append(record)
            progress.advance()
            if record.status == "failed":
                progress.note(f"{record.key}: {record.reason}")
    finally:
        progress.finish()


def _records(cell: Cell, waiting: list[ImagePair], keeper: PictureKeeper, control: Control) -> Iterator[ScoreRecord]:
    """The records of pairs, in their order; a finished cell prepares nothing."""
    if not waiting:
        return
    scorer = cell.protocol.prepare(quantiser=cell.quantiser)
    for metric, reason in scorer.unavailable.items():
        control.progress.note(f"{metric.upper()} will be null: {reason}")

    def score(pair: ImagePair, loaded: Loaded, restoration: Restoration) -> ScoreRecord:
        return score_image(pair, loaded, restoration, scorer, keeper)

    pipeline = Pipeline(cell.source.load, cell.source.restore, score, workers=control.workers)
    yield from pipeline.run(waiting)


def _sort_journal(path: Path, records: list[ScoreRecord], order: list[str]) -> None:
    """Bring the journal into the order of the data set; images done again were appended out of it."""
    place = {key: index for index, key in enumerate(order)}
    ordered = sorted(records, key=lambda record: place[record.key])
    if ordered != records:
        rewrite_journal(path, ordered)
