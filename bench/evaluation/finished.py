"""Models of an earlier call that have nothing left to do, found from their run folders: nothing is loaded for it.

Only what is certain counts. A model whose plan cannot be told without its network, such as one in a user's file, and
a folder that is not exactly what was asked for are left to the engine, which does the work or refuses the folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..contracts import PairedDataset
from ..errors import CheckpointError, RunFolderError
from ..machine.accelerators import may_have_gpu
from ..machine.environment import installed_versions
from ..models.cache import weights_dir
from ..models.checkpoints import sha256_file
from ..models.entries import MODELS
from ..registry.specs import Spec
from ..runs.journal import read_journal
from ..runs.plan import Plan, continues, plan_settings
from ..runs.run import RUN_FILE, SCORES_FILE, Run, RunInfo, cell_name, read_info, runs_of
from ..statistics.bootstrap import INTERVALS
from .cell import Cell, Control, asked_pairs
from .engines.contract import Matrix
from .missing_pictures import lacking_of
from .model_cell import NETWORK_FACTS, applied_protocols, metric_settings, protocols_for

__all__ = ["finished_runs"]


def finished_runs(matrix: Matrix, device: str | None, out: Path, control: Control) -> dict[int, tuple[Run, ...]]:
    """The runs of models that have nothing left to do on any data set, by the model's place in the matrix.

    Args:
        matrix: that was asked for; the device in its settings does not count.
        device: that was asked for; `None` for the best there is.
        out: the folder of all run folders.
        control: of the work.
    """
    if control.redo != "failed":
        return {}
    look = _Look(matrix, device, out, control)
    found: dict[int, list[_Done]] = {}
    for place, spec in enumerate(matrix.models):
        cells = [look.finished(spec, *each) for each in matrix.datasets]
        if all(cells):
            found[place] = [cell for cell in cells if cell is not None]
    lacking = lacking_of([run for cells in found.values() for cell in cells for run in cell.runs], control)
    finished: dict[int, tuple[Run, ...]] = {}
    for place, cells in found.items():
        if any(cell.runs[0].path in lacking for cell in cells):
            continue
        finished[place] = tuple(run for cell in cells for run in cell.runs)
        for cell in cells:
            control.progress.start(cell.title, cell.images, cell.images)
            control.progress.finish()
    return finished


@dataclass(frozen=True, slots=True)
class _Done:
    """A cell that has nothing left to do."""

    title: str
    images: int
    """Number of those that were asked for."""

    runs: tuple[Run, ...]
    """By each protocol that was asked for."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the folders of a matrix; the fields are the arguments of `finished_runs`."""

    matrix: Matrix
    device: str | None
    out: Path
    control: Control

    def finished(self, spec: Spec, name: Spec, dataset: PairedDataset) -> _Done | None:
        """One cell; `None` unless it is certain that nothing is left to do."""
        folder = self.out / cell_name(str(name)) / cell_name(str(spec))
        if not MODELS.is_unopened(spec.name) or not (folder / RUN_FILE).is_file():
            return None
        try:
            info = read_info(folder)
            device = _device(self.device, info)
            if device is None or not _has_same_software(info) or not _has_same_weights(spec, info):
                return None
            cell = self._cell(spec, name, dataset, info, device)
            if not _goes_on(info, cell):
                return None
            journal = read_journal(folder / SCORES_FILE, *info.protocols)
            first, *others = (_summarised(run) for run in runs_of(folder, info, journal.records))
        except (RunFolderError, CheckpointError, OSError):
            return None
        asked = [each.id for each in cell.protocols]
        keys = [pair.key for pair in asked_pairs(cell, self.control)]
        done = {each.key for each in journal.records if each.status == "ok" and each.scores.keys() >= {*asked}}
        damaged = journal.torn or journal.outdated or journal.divided
        if damaged or len(keys) > info.selected or not done.issuperset(keys):
            return None
        run = replace(first, others=tuple(others))
        return _Done(cell.title, len(keys), tuple(run.by(protocol) for protocol in asked))

    def _cell(self, spec: Spec, name: Spec, dataset: PairedDataset, info: RunInfo, device: str) -> Cell:
        """The cell that would be made of the model; what only its network can tell is as recorded."""
        matrix, recorded = self.matrix, info.plan
        inference = replace(matrix.settings, device=device)
        chosen = protocols_for(matrix.protocols, dataset, tuple(matrix.metrics.values()))
        applied = applied_protocols(chosen, info.model, matrix.quantiser)
        of_network = {name: recorded.settings[name] for name in NETWORK_FACTS if name in recorded.settings}
        settings = plan_settings(inference, stochastic=False) | of_network | metric_settings(chosen)
        listing, first = dataset.report.listing_sha256, applied[0]
        plan = Plan(str(spec), recorded.weights_sha256, str(name), listing, first.id, first.quantiser, settings)
        return Cell(
            plan=plan,
            dataset=dataset,
            card=info.model,
            weights=info.weights,
            protocols=applied,
            device=device,
            if_random=plan_settings(inference, stochastic=True),
        )


def _has_same_software(info: RunInfo) -> bool:
    """Whether what a registered model is cannot have changed: its code has no digest of its own in the plan."""
    return any(known.packages == installed_versions() for known in (info.environment, *info.resumed_in))


def _has_same_weights(spec: Spec, info: RunInfo) -> bool:
    """Whether the weights that would be used are the recorded ones.

    Raises:
        CheckpointError: they cannot be read.
    """
    path = spec.path
    if path is None and info.weights.path:
        path = Path(info.weights.path)
        known = [weights_dir() / each.filename for each in info.model.checkpoints if each.filename]
        fetched = [file for file in known if file.exists()]
        if fetched not in ([], [path]) or not path.exists():
            return False
    if path is None:
        return not info.model.needs_weights  # then they are made by the code
    return sha256_file(path) == info.plan.weights_sha256


def _device(asked: str | None, info: RunInfo) -> str | None:
    """The device that would be used; `None` if that is not certain without torch."""
    if asked is not None:
        return asked
    expected = "cuda" if may_have_gpu() else "cpu"
    return expected if info.plan.settings.get("device") == expected else None


def _goes_on(info: RunInfo, cell: Cell) -> bool:
    """Whether a folder is of the cell's plan by every protocol that was asked for, and was finished."""
    plans = cell.plans(random="seed" in info.plan.settings)
    finished = {each.protocol.id for each in info.measurements if each.summary is not None}
    return plans.keys() <= finished and all(continues(info.by(name).plan, plan) for name, plan in plans.items())


def _summarised(run: Run) -> Run:
    """The run with its recorded summary, if the records have not been touched since: intervals are slow to compute."""
    summary, places = run.info.summary, (run.path / SCORES_FILE, run.path / RUN_FILE)
    scored, written = (place.stat().st_mtime_ns for place in places)
    if summary is None or scored > written or summary.intervals != INTERVALS or summary.images != len(run.records):
        return run
    return replace(run, known_summary=summary)
