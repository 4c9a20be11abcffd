"""The run folder: what it holds, how it is found and read.

OUT/<dataset>/<model>/run.json       what was measured, how, with what, where
OUT/<dataset>/<model>/scores.jsonl   one record per image
OUT/<dataset>/<model>/restored/      images, when asked
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts import DatasetCard, DatasetReport, ModelCard, QuantiserName
from ..errors import RunFolderError, did_you_mean
from ..files.atomic import write_atomic
from ..files.codec import decode, encode, parse_json
from ..machine.environment import Environment
from ..metrics.metric import MetricFacts
from ..metrics.registry import known_facts
from .card_migrations import migrate_cards
from .journal import read_journal
from .migrations import info_from_version_1
from .plan import Plan
from .records import SCHEMA_VERSION, ScoreRecord
from .summary import Summary, summarise_records

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ProtocolFacts", "Run", "RunInfo", "cell_name", "find_runs", "finish_run", "load_run", "write_info"]

RUN_FILE = "run.json"
SCORES_FILE = "scores.jsonl"
RESTORED_FOLDER = "restored"
IMAGES_FOLDER = "images"
"""Beside the runs of a data set: its degraded and target images, for the report."""

INFINITE = ("summary.metrics.*.mean",)
"""Numbers of `run.json` that may be `"inf"`."""


@dataclass(frozen=True, slots=True)
class ProtocolFacts:
    """What a reader of the numbers must know of the protocol, without the program."""

    id: str
    title: str
    source: str
    formula: str
    metrics: tuple[str, ...]
    quantiser: QuantiserName
    """The one that was used, which is the model's official one if it has one."""

    metric_facts: Mapping[str, MetricFacts] = field(default_factory=dict[str, MetricFacts])
    """Direction, digits and range of each metric, by its name; empty in folders of 0.1.0."""


@dataclass(frozen=True, slots=True)
class WeightsFacts:
    """Which weights were used."""

    path: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The content of `run.json`."""

    plan: Plan
    plan_sha256: str
    dataset: DatasetCard
    copy: DatasetReport
    model: ModelCard
    weights: WeightsFacts
    protocol: ProtocolFacts
    environment: Environment
    command: str
    """Repeats the run when typed into a shell."""

    created: str
    """UTC, ISO 8601."""

    selected: int
    summary: Summary | None = None
    resumed_in: tuple[Environment, ...] = ()
    """Environments that differ from the first, in which the run was continued or parts of it were done."""

    shard: str = ""
    """`3/8` if only every eighth pair from the third on was asked for."""

    findings: tuple[str, ...] = ()
    """What was noticed of the model on its first image, one sentence each: hidden randomness, values out of range."""

    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True)
class Run:
    """A run folder, read."""

    path: Path
    info: RunInfo
    records: tuple[ScoreRecord, ...]
    known_summary: Summary | None = field(default=None, repr=False, compare=False)
    """The summary of exactly these records, where it was computed already; intervals are slow to compute."""

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
    """
    safe = re.sub(r"[^\w.+@-]+", "-", name).strip("-. ")
    if len(safe.encode()) > 120 or not safe:  # noqa: PLR2004 -- far below every file system's limit of 255 bytes
        import hashlib

        return f"{safe[:30]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")
    reserved = {"con", "prn", "aux", "nul"} | {f"{port}{digit}" for port in ("com", "lpt") for digit in range(1, 10)}
    return f"{safe}_" if safe.lower().partition(".")[0] in reserved else safe


def write_info(folder: Path, info: RunInfo) -> None:
    """Write `run.json` in one atomic step."""
    write_atomic(folder / RUN_FILE, json.dumps(encode(info), indent=2, ensure_ascii=False, allow_nan=False))


def read_info(folder: Path) -> RunInfo:
    """Read `run.json`.

    Raises:
        RunFolderError: absent, damaged, or written by a newer schema.
    """
    path = folder / RUN_FILE
    try:
        return parse_info(path.read_bytes(), str(path))
    except FileNotFoundError as error:
        raise RunFolderError(f"{folder} is not a run folder: it has no {RUN_FILE}.") from error
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged ({error}): move it away and run again.") from error


def parse_info(content: bytes, where: str) -> RunInfo:
    """Read the content of a `run.json`, which messages call `where`.

    Raises:
        ValueError: it is damaged.
        RunFolderError: written by a newer schema.
    """
    raw = parse_json(content)
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError("it has no schema_version")
    if version > SCHEMA_VERSION:
        raise RunFolderError(
            f"{where} has schema version {version}, this restorebench reads up to {SCHEMA_VERSION}: update it."
        )
    current = migrate_cards(info_from_version_1(raw)) if version == 1 else raw
    return decode(RunInfo, current, infinite=INFINITE)


def load_run(path: str | Path) -> Run:
    """Read one run folder `OUT/<dataset>/<model>`.

    Raises:
        RunFolderError: it is not one, or is damaged.
    """
    folder = Path(path)
    info = read_info(folder)
    records = read_journal(folder / SCORES_FILE, info.plan.protocol).records
    _refuse_unknown_metrics(folder, info, records)
    return Run(folder, info, records)


def _refuse_unknown_metrics(folder: Path, info: RunInfo, records: tuple[ScoreRecord, ...]) -> None:
    """Refuse a record of a metric that the run does not measure: a number under a wrong name would be missed."""
    known = set(info.protocol.metrics)
    for record in records:
        if unknown := record.metrics.keys() - known:
            name = min(unknown)
            raise RunFolderError(
                f"{folder / SCORES_FILE} has a record of {record.key!r} with the metric {name!r}, which {RUN_FILE} "
                f"does not have{did_you_mean(name, known)} Restore the file from a copy, or delete that line and run "
                "the same command again."
            )


def finish_run(folder: Path) -> Run:
    """Write the summary of the records into `run.json`; returns the run, which has it already."""
    run = load_run(folder)
    finished = replace(run, info=replace(run.info, summary=run.summary), known_summary=run.summary)
    write_info(folder, finished.info)
    return finished


def find_runs(*roots: str | Path) -> list[Run]:
    """Every run folder at or below the given folders, sorted by data set, protocol and model.

    Raises:
        RunFolderError: a folder holds none, or a damaged one.
    """
    found: dict[Path, Run] = {}
    for root in map(Path, roots):
        files = (
            sorted(root.glob(RUN_FILE)) or sorted(root.glob(f"*/{RUN_FILE}")) or sorted(root.glob(f"*/*/{RUN_FILE}"))
        )
        if not files:
            raise RunFolderError(
                f"There is no run in {root}: give a folder that `restorebench run --out` or `score --out` wrote."
            )
        found.update({file.parent.resolve(): load_run(file.parent) for file in files})
    return sorted(found.values(), key=lambda run: (run.dataset, run.protocol, run.model))
