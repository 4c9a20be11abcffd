"""One cell of an evaluation on disk: start or resume its run folder, fill its journal, close it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from ..contracts import ImagePair, JsonValue, ModelCard, Observation, PairedDataset, QuantiserName
from ..errors import PlanMismatchError
from ..files.folder_lock import hold
from ..machine.environment import Environment, current_environment
from ..models.observers import OBSERVATION_KINDS
from ..protocols.inputs import prepared_pair
from ..protocols.protocol import Protocol
from ..runs.journal import Journal, rewrite_journal
from ..runs.observations import forget_observations, save_observation
from ..runs.pictures import PictureKeeper, SaveImages
from ..runs.plan import Plan, continues, plan_difference
from ..runs.records import ScoreRecord
from ..runs.run import (
    IMAGES_FOLDER,
    RESTORED_FOLDER,
    RUN_FILE,
    SCORES_FILE,
    ProtocolFacts,
    Run,
    RunInfo,
    WeightsFacts,
    cell_name,
    finish_run,
    read_info,
    write_info,
)
from ..runs.writing import refuse_vanished, writing
from ..terminal.progress import Progress, Silent
from .failures import FailureLog
from .remarks import Remarks
from .scoring import save_pair_pictures

__all__ = ["Cell", "Control", "OpenCell", "Redo", "open_cell"]

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

    shard: tuple[int, int] | None = None
    """(i, n): only every n-th pair, from the i-th on, counted from 1; `None` for all."""

    progress: Progress = field(default_factory=Silent)
    command: str = ""
    """What repeats the run in a shell."""

    max_failures: int | None = None
    """Stop a cell after so many failed images; `None` stops it when the first 8 all fail."""

    verbose: bool = False
    """Whether the progress is told the traceback of the first failure of each kind."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell is to record, made ready."""

    plan: Plan
    dataset: PairedDataset
    card: ModelCard
    weights: WeightsFacts
    protocol: Protocol
    quantiser: QuantiserName
    device: str | None
    """The torch device of the work; `None` if no network runs."""

    keys: frozenset[str] | None = None
    """Only these pairs; `None` for all."""

    if_random: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Settings that join the plan when the network turns out to draw random numbers: its seed and samples."""

    @property
    def random_plan(self) -> Plan:
        """The plan of a network that draws random numbers."""
        return replace(self.plan, settings={**self.plan.settings, **self.if_random})

    @property
    def title(self) -> str:
        """How progress calls it."""
        return f"{self.plan.model} on {self.dataset.card.title}"

    def folder(self, out: Path) -> Path:
        """The cell's folder below `out`."""
        return out / cell_name(self.plan.dataset) / cell_name(self.plan.model)


class OpenCell:
    """A cell whose run folder this process holds; made by `open_cell`."""

    def __init__(self, cell: Cell, folder: Path, control: Control) -> None:
        self.cell = cell
        self.folder = folder
        self._progress = control.progress
        self.pairs = {pair.key: pair for pair in _asked(cell, control)}
        """Those that were asked for, by key."""
        self._open = contextlib.ExitStack()
        self._journal = journal = self._open.enter_context(
            Journal(folder / SCORES_FILE, cell.plan.protocol, _keep(control.redo))
        )
        self._failures = FailureLog(
            folder, control.progress, most=control.max_failures, verbose=control.verbose
        )  # fmt: skip -- one call
        self.keeper = PictureKeeper(folder / RESTORED_FOLDER, control.save_images, journal.records)
        recorded = {record.key for record in journal.records}
        self.waiting = [pair for key, pair in self.pairs.items() if key not in recorded]
        """Those without a record when the cell was opened."""

    def record(self, record: ScoreRecord, remarks: Remarks | None = None) -> None:
        """Write down one image, whose picture has been offered to the keeper, and what is to be said of it.

        Raises:
            JournalWriteError: the disk is full; everything before is kept.
            StoppedError: too many images have failed.
        """
        self._journal.append(record)
        self._progress.advance()
        if remarks is not None and (remarks.random or remarks.findings):
            self._learn(remarks)
        self._failures.add(record, remarks)

    def _learn(self, remarks: Remarks) -> None:
        """Write down what was found out about the model: a seed that matters belongs to the plan."""
        info = read_info(self.folder)
        findings = [finding for finding in remarks.findings if finding not in info.findings]
        for finding in findings:
            self._progress.note(f"{self.cell.plan.model} {finding}")
        known = info.plan.settings
        plan = replace(info.plan, settings={**known, **self.cell.if_random}) if remarks.random else info.plan
        if findings or plan != info.plan:
            changed = replace(info, plan=plan, plan_sha256=plan.sha256, findings=(*info.findings, *findings))
            write_info(self.folder, changed)

    def keep_observation(self, key: str, observation: Observation) -> None:
        """Keep an observation of an image that a report may show; the others go when the cell is finished.

        Raises:
            OSError: it cannot be written.
        """
        save_observation(self.folder, key, observation)

    def worked_in(self, environment: Environment) -> None:
        """Write down that images were restored or scored in an environment that differs from the first."""
        info = read_info(self.folder)
        known = (info.environment, *info.resumed_in)
        if all(map(environment.differs_from, known)):
            write_info(self.folder, replace(info, resumed_in=(*info.resumed_in, environment)))

    def shown(self) -> list[str]:
        """The worst and the best images whose pictures are kept."""
        return self.keeper.shown(self._journal.records)

    def close(self) -> None:
        """Close the journal; what is recorded stays."""
        self._open.close()

    def finish(self) -> Run:
        """Close the journal, sort it, keep the pictures that go with the kept ones, and write the summary."""
        self.close()
        refuse_vanished(self.folder)
        for sentence in self._failures.repeated():
            self._progress.note(sentence)
        with writing(self.folder):
            _sort_journal(self.folder / SCORES_FILE, self._journal.records, [pair.key for pair in self.cell.dataset])
            save_pair_pictures(self.folder.parent / IMAGES_FOLDER, self.pairs, self.keeper.kept(self.pairs))
            forget_observations(self.folder, OBSERVATION_KINDS, self.shown())
            return finish_run(self.folder)


@contextlib.contextmanager
def open_cell(cell: Cell, out: Path, control: Control, environment: Environment | None = None) -> Generator[OpenCell]:
    """Hold the run folder of a cell for the time of the block.

    Args:
        cell: what is to be recorded.
        out: the folder of all run folders.
        control: which images, which pictures.
        environment: where the work is done, if not in this process.

    Raises:
        RunLockedError: another process is at it.
        PlanMismatchError: the folder holds another plan.
        JournalWriteError: the disk is full or `out` cannot be written; everything before is kept.
    """
    folder = cell.folder(out)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with hold(folder):
            _start(cell, folder, control, environment or current_environment(cell.device))
            opened = OpenCell(cell, folder, control)
            try:
                yield opened
            finally:
                opened.close()


def _asked(cell: Cell, control: Control) -> Iterator[ImagePair]:
    """The pairs of the data set that were asked for, in its order, as the protocol gives them to the network."""
    asked = (pair for pair in cell.dataset if cell.keys is None or pair.key in cell.keys)
    wanted = (prepared_pair(pair, cell.protocol.input) for pair in asked)
    index, count = control.shard or (1, 1)
    return islice(islice(wanted, control.limit), index - 1, None, count)


def _start(cell: Cell, folder: Path, control: Control, environment: Environment) -> None:
    """Write `run.json`, or check that the one there is of the same plan."""
    selected = sum(1 for _ in _asked(cell, control))
    if not (folder / RUN_FILE).is_file():
        write_info(folder, _new_info(cell, environment, selected, control))
        return
    info = read_info(folder)
    plan = cell.random_plan if "seed" in info.plan.settings else cell.plan
    if not continues(info.plan, plan):
        changes = "; ".join(plan_difference(info.plan, plan))
        raise PlanMismatchError(
            f"{folder} was started with another plan ({changes}): choose another --out, or delete it to start anew."
        )
    if environment.differs_from(info.environment):
        control.progress.note(f"{folder} was started with other software or on another machine; the record says so.")
        info = replace(info, resumed_in=(*info.resumed_in, environment))
    write_info(
        folder, replace(info, selected=max(selected, info.selected), command=control.command or info.command)
    )  # fmt: skip -- one call


def _new_info(cell: Cell, environment: Environment, selected: int, control: Control) -> RunInfo:
    protocol = cell.protocol
    return RunInfo(
        plan=cell.plan,
        plan_sha256=cell.plan.sha256,
        dataset=cell.dataset.card,
        copy=cell.dataset.report,
        model=cell.card,
        weights=cell.weights,
        protocol=ProtocolFacts(
            protocol.id,
            protocol.title,
            str(protocol.source),
            protocol.formula,
            protocol.metrics,
            cell.quantiser,
            protocol.metric_facts,
        ),
        environment=environment,
        command=control.command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        selected=selected,
        shard="" if control.shard is None else "{}/{}".format(*control.shard),
    )


def _keep(redo: Redo) -> Callable[[ScoreRecord], bool]:
    def keep(record: ScoreRecord) -> bool:
        if record.status == "failed":
            return False
        return redo == "failed" or all(value is not None for value in record.metrics.values())

    return keep


def _sort_journal(path: Path, records: list[ScoreRecord], order: list[str]) -> None:
    """Bring the journal into the order of the data set; images done again were appended out of it."""
    place = {key: index for index, key in enumerate(order)}
    ordered = sorted(records, key=lambda record: place[record.key])
    if ordered != records:
        rewrite_journal(path, ordered)
