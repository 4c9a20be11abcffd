"""The content of `run.json`: what was measured, how, with what, where; and what each protocol gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..contracts import DatasetCard, DatasetReport, ModelCard, QuantiserName
from ..errors import RunFolderError, UnknownNameError
from ..files.atomic import write_atomic
from ..files.codec import decode, encode, parse_json
from ..machine.environment import Environment
from ..metrics.metric import MetricFacts
from .card_migrations import migrate_cards
from .migrations import info_from_version_1
from .plan import Plan
from .records import ONE_PROTOCOL_VERSION, SCHEMA_VERSION
from .summary import Summary

__all__ = [
    "RUN_FILE",
    "Measurement",
    "ProtocolFacts",
    "RunInfo",
    "WeightsFacts",
    "parse_info",
    "read_info",
    "write_info",
]

RUN_FILE = "run.json"

INFINITE = ("summary.metrics.*.mean", "also.*.summary.metrics.*.mean")
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
class Measurement:
    """What one protocol measured on the restored images of a run folder."""

    protocol: ProtocolFacts
    summary: Summary | None = None


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
    """What was noticed of the model, one predicate each: hidden randomness, values out of range, doubtful weights."""

    schema_version: int = ONE_PROTOCOL_VERSION
    also: tuple[Measurement, ...] = ()
    """What the other protocols measured on the same restored images; their plans differ in protocol and quantiser."""

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """By every protocol, in the order in which they were asked for."""
        return Measurement(self.protocol, self.summary), *self.also

    @property
    def protocols(self) -> tuple[str, ...]:
        """`name@version` of every protocol."""
        return self.protocol.id, *(each.protocol.id for each in self.also)

    def measured_by(self, measurements: Sequence[Measurement]) -> RunInfo:
        """The same with these measurements, at least one; plan, protocol and summary are those of the first."""
        first, *others = measurements
        plan = replace(self.plan, protocol=first.protocol.id, quantiser=first.protocol.quantiser)
        return replace(
            self,
            plan=plan,
            plan_sha256=self.plan_sha256 if plan == self.plan else plan.sha256,
            protocol=first.protocol,
            summary=first.summary,
            also=tuple(others),
            schema_version=SCHEMA_VERSION if others else ONE_PROTOCOL_VERSION,
        )

    def by(self, protocol: str) -> RunInfo:
        """The content of a folder in which only one of the protocols was used.

        Raises:
            UnknownNameError: the folder has no such protocol.
        """
        for measurement in self.measurements:
            if measurement.protocol.id == protocol:
                return self.measured_by([measurement])
        raise UnknownNameError("protocol", protocol, self.protocols)


def write_info(folder: Path, info: RunInfo) -> None:
    """Write `run.json` in one atomic step."""
    document = encode(info)
    if isinstance(document, dict) and not info.also:
        del document["also"]  # so that the folder of one protocol is what it was before there could be several
    write_atomic(folder / RUN_FILE, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


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
