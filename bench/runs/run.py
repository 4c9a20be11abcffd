"""The run folder: what it holds, how it is found and read.

A folder holds the restored images' records of one model on one data set, by one or several protocols. A `Run` is the
folder read by one of them, as if there were no other.

OUT/<dataset>/<model>/run.json       what was measured, how, with what, where
OUT/<dataset>/<model>/scores.jsonl   one record per image
OUT/<dataset>/<model>/restored/      images, when asked
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RunFolderError, UnknownNameError, did_you_mean
from ..files.key_paths import is_reserved
from ..machine.garbage import collecting_later
from ..metrics.metric import MetricFacts
from ..metrics.registry import known_facts
from .info import (
    RUN_FILE,
    Measurement,
    ProtocolFacts,
    RunInfo,
    WeightsFacts,
    parse_info,
    read_info,
    write_info,
)
from .journal import read_journal
from .pictures import existing_picture
from .records import ScoreRecord
from .showing import ShownRun
from .summary import Summary, summarise_records
from .trust import Trust

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RUN_FILE",
    "Measurement",
    "ProtocolFacts",
    "Run",
    "RunInfo",
    "WeightsFacts",
    "cell_name",
    "find_runs",
    "finish_run",
    "load_run",
    "named_protocols",
    "parse_info",
    "read_info",
    "read_records",
    "run_folders",
    "runs_of",
    "select_protocols",
    "write_info",
]

SCORES_FILE = "scores.jsonl"
SHARDS_FOLDER = "shards"
"""In an output folder: the runs of single shards, `OUT/shards/2-of-8`."""

RESTORED_FOLDER = "restored"
IMAGES_FOLDER = "images"
"""Beside the runs of a data set: its degraded and target images, for the report."""


@dataclass(frozen=True, repr=False)
class Run(ShownRun):
    """A run folder, read by one of its protocols: its records and its summary are of this protocol alone."""

    path: Path
    info: RunInfo
    records: tuple[ScoreRecord, ...]
    """Of the images that the protocol measured, or that failed."""

    known_summary: Summary | None = field(default=None, repr=False, compare=False)
    """The summary of exactly these records, where it was computed already; intervals are slow to compute."""

    others: tuple[Run, ...] = field(default=(), repr=False, compare=False)
    """The same folder read by its other protocols."""

    trust: Mapping[str, Trust] = field(default_factory=dict[str, "Trust"], repr=False, compare=False)
    """Metric to what its values rest on; empty where nobody asks, as for runs of one's own."""

    @property
    def model(self) -> str:
        """The model's name with its options."""
        return self.info.plan.model

    @property
    def dataset(self) -> str:
        """The data set's name with its options."""
        return self.info.plan.dataset

    @property
    def protocol(self) -> str:
        """The protocol's `name@version`."""
        return self.info.plan.protocol

    @property
    def protocols(self) -> tuple[str, ...]:
        """Every protocol of the folder, this one first."""
        return self.protocol, *(run.protocol for run in self.others)

    def by(self, protocol: str) -> Run:
        """The same folder read by another of its protocols, `y@1` or `y`.

        Raises:
            UnknownNameError: the folder has no such protocol.
        """
        runs = (self, *self.others)
        chosen = select_protocols(runs, [protocol])[0]
        return replace(chosen, others=tuple(run for run in runs if run is not chosen))

    @property
    def metric_facts(self) -> dict[str, MetricFacts]:
        """What is known of each metric of the run: what was recorded with it, or else what is registered."""
        protocol = self.info.protocol
        return {name: known_facts(name, protocol.metric_facts) for name in protocol.metrics}

    @property
    def restored_folder(self) -> Path:
        """Where restored images are, if they were kept."""
        return self.path / RESTORED_FOLDER

    @cached_property
    def summary(self) -> Summary:
        """Computed from the records, so that it never lags behind them."""
        return self.known_summary or summarise_records(self.records, self.metric_facts, self.info.selected)

    def to_dataframe(self) -> pd.DataFrame:
        """`scores`, under the name that all results have for it."""
        return self.scores

    def picture_paths(self, key: str) -> dict[str, Path]:
        """The pictures that were kept of an image, by role: `degraded`, `restored`, `target`."""
        images = self.path.parent / IMAGES_FOLDER
        places = {"degraded": images / "degraded", "restored": self.restored_folder, "target": images / "target"}
        paths = {role: existing_picture(place, key) for role, place in places.items()}
        return {role: path for role, path in paths.items() if path is not None}

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per image: `key`, every metric, `seconds`, `status`, `reason`, `group`."""
        import pandas as pd

        metrics = self.info.protocol.metrics
        rows = [
            {
                "key": record.key,
                **{metric: record.metrics.get(metric) for metric in metrics},
                "seconds": record.seconds,
                "status": record.status,
                "reason": record.reason,
                "group": record.group,
            }
            for record in self.records
        ]
        columns = ["key", *metrics, "seconds", "status", "reason", "group"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype(dict.fromkeys((*metrics, "seconds"), "float64"))


def cell_name(name: str) -> str:
    """A folder name for a model or data set that every file system accepts.

    >>> cell_name("./mine.py:build"), cell_name("gopro[variant=blur_gamma]")
    ('mine.py-build', 'gopro-variant-blur_gamma')
    >>> cell_name("aux"), cell_name("nul.onnx")
    ('aux_', 'nul_.onnx')
    """
    safe = re.sub(r"[^\w.+@-]+", "-", name).strip("-. ")
    if len(safe.encode()) > 120 or not safe:  # noqa: PLR2004 -- far below every file system's limit of 255 bytes
        import hashlib

        return f"{safe[:30]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")
    first, dot, rest = safe.partition(".")
    return f"{first}_{dot}{rest}" if is_reserved(safe) else safe


def load_run(path: str | Path, protocol: str | None = None) -> Run:
    """Read one run folder `OUT/<dataset>/<model>`.

    Args:
        path: the folder.
        protocol: the one to read it by, by default its first; `Run.by` reads it by another.

    Raises:
        RunFolderError: it is not one, or is damaged.
        UnknownNameError: it has no such protocol.
    """
    folder = Path(path)
    info = read_info(folder)
    first = runs_of(folder, info, read_records(folder, info))[0]
    return first if protocol is None else first.by(protocol)


def read_records(folder: Path, info: RunInfo) -> tuple[ScoreRecord, ...]:
    """The records of a folder, each by every protocol that measured the image.

    Raises:
        RunFolderError: a record is damaged.
    """
    return read_journal(folder / SCORES_FILE, *info.protocols).records


def runs_of(path: Path, info: RunInfo, records: Sequence[ScoreRecord]) -> tuple[Run, ...]:
    """A run for every protocol of a folder; the first one has the others.

    Args:
        path: of the folder.
        info: the content of its `run.json`.
        records: as `read_records` returns them.

    Raises:
        RunFolderError: a record has a metric that its protocol does not measure.
    """
    runs: list[Run] = []
    for protocol in info.protocols:
        mine = tuple(record.by(protocol) for record in records if protocol in record.scores)
        run = Run(path, info.by(protocol), mine)
        _refuse_unknown_metrics(run)
        runs.append(run)
    return replace(runs[0], others=tuple(runs[1:])), *runs[1:]


def _refuse_unknown_metrics(run: Run) -> None:
    """Refuse a record of a metric that the run does not measure: a number under a wrong name would be missed."""
    known = set(run.info.protocol.metrics)
    for record in run.records:
        if unknown := record.metrics.keys() - known:
            name = min(unknown)
            raise RunFolderError(
                f"{run.path / SCORES_FILE} has a record of {record.key!r} with the metric {name!r}, which {RUN_FILE} "
                f"does not have{did_you_mean(name, known)} Restore the file from a copy, or delete that line and run "
                "the same command again."
            )


def finish_run(folder: Path) -> Run:
    """Write the summaries of the records into `run.json`; returns the run, which has them already."""
    info = read_info(folder)
    finished = [
        replace(run, info=replace(run.info, summary=run.summary), known_summary=run.summary)
        for run in runs_of(folder, info, read_records(folder, info))
    ]
    write_info(folder, info.measured_by([Measurement(run.info.protocol, run.summary) for run in finished]))
    return replace(finished[0], others=tuple(finished[1:]))


def run_folders(root: Path) -> list[Path]:
    """Every run folder at or below a folder, at any depth, sorted; links are followed.

    Hidden folders are left out, and so are the parts of runs in `OUT/shards`, unless the root is inside: they are
    merged into runs beside it.
    """
    found: list[Path] = []
    seen: set[Path] = set()
    for folder, below, files in os.walk(root, followlinks=True):
        path = Path(folder)
        here = path.resolve()
        if RUN_FILE in files:
            found.append(path)
        if RUN_FILE in files or here in seen:  # a run holds no others, and links may lead round in a circle
            below.clear()
        below[:] = sorted(name for name in below if name != SHARDS_FOLDER and not name.startswith("."))
        seen.add(here)
    return sorted(found)


def find_runs(*roots: str | Path, protocols: Sequence[str] = ()) -> list[Run]:
    """Every run at or below the given folders, at any depth, sorted by data set, protocol and model.

    Args:
        roots: folders of runs; one that was measured by several protocols is a run by each.
        protocols: only runs by these, `y@1` or `y`; all by default.

    Raises:
        RunFolderError: a folder holds none, or a damaged one.
        UnknownNameError: no run is by one of the protocols.
    """
    found: dict[Path, Run] = {}
    for root in map(Path, roots):
        folders = run_folders(root)
        if not folders:
            raise RunFolderError(_without_runs(root))
        with collecting_later():
            found.update({folder.resolve(): load_run(folder) for folder in folders})
    runs = [run.by(protocol) for run in found.values() for protocol in run.protocols]
    chosen = select_protocols(runs, protocols)
    return sorted(chosen, key=lambda run: (run.dataset, run.protocol, run.model))


def _without_runs(root: Path) -> str:
    """Why there is nothing to read in a folder, and what to give instead."""
    readers = "`restorebench table`, `leaderboard` and `submit --check`"
    if (root / SHARDS_FOLDER).is_dir():
        return (
            f"There are only parts of runs in {root}: join them with `restorebench merge {root / SHARDS_FOLDER} "
            f"--out {root}`, or give their folder."
        )
    if root.is_file() and root.suffix == ".zip":
        return f"{root} is an archive, not a folder of runs: {readers} read archives."
    if any(root.glob("*.zip")):
        return f"There are archives in {root}, but no run: give the files, as in {root / '*.zip'}, to {readers}."
    return f"There is no run in {root}: give a folder that `restorebench run --out` or `score --out` wrote."


def select_protocols(runs: Sequence[Run], protocols: Sequence[str]) -> list[Run]:
    """Those of the runs that are by one of the protocols.

    Args:
        runs: to choose from, in their order.
        protocols: `y@1`, or `y` for every version of it; none for all runs.

    Raises:
        UnknownNameError: no run is by one of them.
    """
    wanted = named_protocols({run.protocol for run in runs}, protocols)
    return [run for run in runs if run.protocol in wanted]


def named_protocols(
    known: Collection[str], names: Sequence[str], *, hint: str = "(protocols of these runs)"
) -> set[str]:
    """Those of the known protocols that are named, as in `select_protocols`; all if none is.

    Raises:
        UnknownNameError: a name is of none of them; the message ends with the hint.
    """
    wanted: set[str] = set()
    for name in names:
        found = {each for each in known if name in (each, each.partition("@")[0])}
        if not found:
            raise UnknownNameError("protocol", name, known, hint=hint)
        wanted |= found
    return wanted if names else set(known)
