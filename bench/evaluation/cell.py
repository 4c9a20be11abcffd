"""One cell of an evaluation on disk: start or resume its run folder, fill its journal, close it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from ..contracts import ImagePair, JsonValue, ModelCard, Observation, PairedDataset
from ..files.folder_lock import hold
from ..machine.environment import Environment, current_environment
from ..models.observers import OBSERVATION_KINDS
from ..protocols.inputs import prepared_pair
from ..protocols.joint import AppliedProtocol
from ..runs.journal import Journal
from ..runs.observations import forget_observations, save_observation
from ..runs.pictures import PictureKeeper, SaveImages
from ..runs.plan import Plan
from ..runs.records import ScoreRecord
from ..runs.run import (
    IMAGES_FOLDER,
    RESTORED_FOLDER,
    RUN_FILE,
    SCORES_FILE,
    Run,
    RunInfo,
    WeightsFacts,
    cell_name,
    finish_run,
    read_info,
    write_info,
)
from ..runs.writing import refuse_vanished, writing
from ..terminal.paths import shown_path
from ..terminal.progress import Progress, Silent
from ..terminal.wording import will_be_null
from .failures import FailureLog
from .pair_pictures import save_pair_pictures
from .remarks import Remarks
from .run_start import continued_info, new_info, refuse_partial_redo
from .supplements import restored_differently, supplement

__all__ = ["Cell", "Control", "OpenCell", "Redo", "asked_pairs", "open_cell"]

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

    image_memory: float | None = None
    """GB (10^9 bytes) of decoded images that several models share, and half as much again for the features of their
    targets; `None` for a quarter of what is available."""

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
    """By the first protocol."""

    dataset: PairedDataset
    card: ModelCard
    weights: WeightsFacts
    protocols: tuple[AppliedProtocol, ...]
    """Every image is restored once and scored by each; at least one."""

    device: str | None
    """The torch device of the work; `None` if no network runs."""

    keys: frozenset[str] | None = None
    """Only these pairs; `None` for all."""

    if_random: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Settings that join the plan when the network turns out to draw random numbers: its seed and samples."""

    findings: tuple[str, ...] = ()
    """What is known of the model before its first image, as in `RunInfo`."""

    def plans(self, *, random: bool) -> dict[str, Plan]:
        """The plan by each protocol: they differ in nothing else.

        Args:
            random: whether the network draws random numbers, so that its seed belongs to the plan.
        """
        settings = {**self.plan.settings, **self.if_random} if random else self.plan.settings
        return {
            each.id: replace(self.plan, protocol=each.id, quantiser=each.quantiser, settings=settings)
            for each in self.protocols
        }

    def nulls(self, unavailable: Mapping[tuple[str, str], str]) -> list[str]:
        """A sentence for each metric that cannot be computed; see `JointScorer.unavailable`."""
        facts = {each.id: each.protocol.metric_facts for each in self.protocols}
        return list(
            dict.fromkeys(
                will_be_null(facts[protocol][metric].title, reason)
                for (protocol, metric), reason in unavailable.items()
            )
        )

    @property
    def title(self) -> str:
        """How progress calls it."""
        return f"{self.plan.model} on {self.dataset.card.title}"

    def environment(self, environment: Environment) -> Environment:
        """An environment as this cell's forward passes are in it."""
        return environment.with_tf32(on=self.plan.settings.get("precision") == "tf32")

    def folder(self, out: Path) -> Path:
        """The cell's folder below `out`."""
        return out / cell_name(self.plan.dataset) / cell_name(self.plan.model)


class OpenCell:
    """A cell whose run folder this process holds; made by `open_cell`."""

    def __init__(self, cell: Cell, folder: Path, control: Control, info: RunInfo) -> None:
        place = {name: index for index, name in enumerate(info.protocols)}
        self.cell = replace(cell, protocols=tuple(sorted(cell.protocols, key=lambda each: place[each.id])))
        self.info = info
        """As it was when the cell was opened."""
        self._asked = [each.id for each in cell.protocols]
        self.folder = folder
        self._progress = control.progress
        self._save_images = control.save_images
        self.pairs = {pair.key: pair for pair in asked_pairs(cell, control)}
        """Those that were asked for, by key."""
        self._open = contextlib.ExitStack()
        self._journal = journal = self._open.enter_context(
            Journal(folder / SCORES_FILE, *info.protocols, keep=_keep(control.redo))
        )
        self._failures = FailureLog(
            folder, control.progress, most=control.max_failures, verbose=control.verbose
        )  # fmt: skip -- one call
        self.keeper = PictureKeeper(folder / RESTORED_FOLDER, control.save_images, journal.records)

    @property
    def waiting(self) -> list[ImagePair]:
        """The pairs that some protocol has not measured."""
        return [pair for key, pair in self.pairs.items() if self.lacking(key)]

    def lacking(self, key: str) -> tuple[AppliedProtocol, ...]:
        """The protocols that have not measured an image."""
        known = self._journal.get(key)
        return tuple(each for each in self.cell.protocols if known is None or each.id not in known.scores)

    def recorded(self, key: str) -> ScoreRecord | None:
        """The record of an image by the protocols that have measured it; `None` if there is none."""
        return self._journal.get(key)

    def record(self, record: ScoreRecord, remarks: Remarks | None = None) -> None:
        """Write down one image, whose picture has been offered to the keeper, and what is to be said of it.

        Of an image that has a record, what was measured by protocols that it lacks joins it.

        Raises:
            JournalWriteError: the disk is full; everything before is kept.
            StoppedError: too many images have failed.
        """
        known = self._journal.get(record.key)
        self._journal.append(record if known is None else supplement(known, record))
        self._progress.advance()
        if known is not None and restored_differently(known, record):
            names = " and ".join(name for name in record.scores if name not in known.scores)
            finding = f"restored {record.key} to other pixels than at first: its numbers by {names} are of those."
            self._learn(Remarks(findings=(finding,)))
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
        environment = self.cell.environment(environment)
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

    def finish(self) -> tuple[Run, ...]:
        """Close the journal, sort it, keep the pictures that go with the kept ones, and write the summaries.

        Returns:
            A run by each protocol that was asked for, in this order.
        """
        self.close()
        refuse_vanished(self.folder)
        for sentence in self._failures.repeated():
            self._progress.note(sentence)
        with writing(self.folder, run=self.folder):
            self._journal.sort([pair.key for pair in self.cell.dataset])
            kept = self.keeper.kept(self.pairs)
            save_pair_pictures(self.folder.parent / IMAGES_FOLDER, self.pairs, kept)
            observed = kept if self._save_images == "worst" else self.shown()
            forget_observations(self.folder, OBSERVATION_KINDS, observed)
            run = finish_run(self.folder)
        return tuple(run.by(name) for name in self._asked)


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
        UsageError: images are to be done again by some of the run's protocols only.
        JournalWriteError: the disk is full or `out` cannot be written; everything before is kept.
    """
    folder = cell.folder(out)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with hold(folder):
            info = _start(cell, folder, control, cell.environment(environment or current_environment(cell.device)))
            opened = OpenCell(cell, folder, control, info)
            try:
                yield opened
            finally:
                opened.close()


def asked_pairs(cell: Cell, control: Control) -> Iterator[ImagePair]:
    """The pairs of the data set that were asked for, in its order, as the protocols give them to the network."""
    asked = (pair for pair in cell.dataset if cell.keys is None or pair.key in cell.keys)
    wanted = (prepared_pair(pair, cell.protocols[0].protocol.input) for pair in asked)
    index, count = control.shard or (1, 1)
    return islice(islice(wanted, control.limit), index - 1, None, count)


def _start(cell: Cell, folder: Path, control: Control, environment: Environment) -> RunInfo:
    """Write `run.json`, or check that the one there is of the same plan."""
    selected = sum(1 for _ in asked_pairs(cell, control))
    if not (folder / RUN_FILE).is_file():
        started = new_info(
            cell.plan,
            cell.protocols,
            dataset=cell.dataset.card,
            copy=cell.dataset.report,
            model=cell.card,
            weights=cell.weights,
            environment=environment,
            command=control.command,
            selected=selected,
            shard=control.shard,
        )
        info = replace(started, findings=cell.findings)
        write_info(folder, info)
        for finding in cell.findings:
            control.progress.note(f"{cell.plan.model} {finding}")
        return info
    info = read_info(folder)
    plans = cell.plans(random="seed" in info.plan.settings)
    if control.redo == "missing":
        refuse_partial_redo(info, plans)
    info = continued_info(info, plans, cell.protocols, folder)
    if environment.differs_from(info.environment):
        where = shown_path(folder)
        control.progress.note(f"{where} was started with other software or on another machine; the record says so.")
        info = replace(info, resumed_in=(*info.resumed_in, environment))
    info = replace(info, selected=max(selected, info.selected), command=control.command or info.command)
    write_info(folder, info)
    return info


def _keep(redo: Redo) -> Callable[[ScoreRecord], bool]:
    def keep(record: ScoreRecord) -> bool:
        if record.status == "failed":
            return False
        return redo == "failed" or all(
            value is not None for scores in record.scores.values() for value in scores.values.values()
        )

    return keep
