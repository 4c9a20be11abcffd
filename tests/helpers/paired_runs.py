"""Run folders whose every number a test chooses, for what compares runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from restorebench.bench.contracts import DatasetCard, DatasetReport, JsonValue, ModelCard
from restorebench.bench.machine.environment import Environment
from restorebench.bench.runs.journal import rewrite_journal
from restorebench.bench.runs.plan import Plan
from restorebench.bench.runs.records import ScoreRecord
from restorebench.bench.runs.run import (
    Measurement,
    ProtocolFacts,
    RunInfo,
    WeightsFacts,
    cell_name,
    load_run,
    write_info,
)

from helpers.records import scored

ENVIRONMENT = Environment("3.12.1", "Linux", "x86_64", "CPU", 2, {}, threads=2)

Values = Mapping[str, Sequence[float | None]]


def write_paired_run(
    out: Path,
    values: Values,
    *,
    model: str = "mine",
    dataset: str = "gopro",
    protocol: str = "gopro@1",
    quantiser: str = "half-even",
    keys: Sequence[str] = (),
    groups: Sequence[str] = (),
    pairs: Sequence[str] = (),
    restored: Sequence[str] = (),
    failed: Mapping[str, str] | None = None,
    selected: int | None = None,
    settings: Mapping[str, JsonValue] | None = None,
) -> Path:
    """Write OUT/DATASET/MODEL with one record per image; returns the folder."""
    count = len(next(iter(values.values())))
    names = list(keys) or [f"{index:04d}" for index in range(count)]
    records = [
        ScoreRecord.failed(name, reason, {protocol: list(values)})
        if (reason := (failed or {}).get(name))
        else scored(
            name,
            {metric: column[index] for metric, column in values.items()},
            protocol=protocol,
            group=groups[index] if groups else "",
            pair=pairs[index] if pairs else f"{index:016x}",
            restored=restored[index] if restored else f"{index:015x}a",
        )
        for index, name in enumerate(names)
    ]
    folder = out / cell_name(dataset) / cell_name(model)
    folder.mkdir(parents=True)
    plan = Plan(model, "a" * 64, dataset, "b" * 64, protocol, quantiser, settings or {})  # pyright: ignore[reportArgumentType]
    write_info(folder, _info(plan, tuple(values), selected or count))
    rewrite_journal(folder / "scores.jsonl", records)
    return folder


def join_protocols(folder: Path, *others: Path) -> Path:
    """Put runs of the same images by other protocols into one folder; returns it."""
    runs = [load_run(each) for each in (folder, *others)]
    records = list(runs[0].records)
    for run in runs[1:]:
        records = [record.joined(other) for record, other in zip(records, run.records, strict=True)]
    write_info(folder, runs[0].info.measured_by([Measurement(run.info.protocol) for run in runs]))
    rewrite_journal(folder / "scores.jsonl", records)
    return folder


def _info(plan: Plan, metrics: tuple[str, ...], selected: int) -> RunInfo:
    model, dataset, protocol = plan.model, plan.dataset, plan.protocol
    return RunInfo(
        plan=plan,
        plan_sha256=plan.sha256,
        dataset=DatasetCard(dataset, dataset.upper(), "deblurring", None, protocol, (), "", "", ""),
        copy=DatasetReport("folder", "", selected, None, "/data", "b" * 64),
        model=ModelCard(model, model, "deblurring"),
        weights=WeightsFacts(),
        protocol=ProtocolFacts(protocol, "", "", "", metrics, plan.quantiser),
        environment=ENVIRONMENT,
        command="restorebench run",
        created="2026-01-02T03:04:05+00:00",
        selected=selected,
    )
