"""Results as records of Every Eval Ever, schema 0.2.0: one JSON file for each model and data set.

References:
    https://github.com/evaleval/every_eval_ever, `eval.schema.json`.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from ...bench.contracts import JsonValue
from ...bench.errors import UsageError, did_you_mean
from ...bench.files.atomic import write_atomic
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.run import Run, cell_name
from .exported import Exported, ExportedValue, exported_runs

__all__ = ["SCHEMA_VERSION", "Evaluator", "Relationship", "write_every_eval_ever"]

SCHEMA_VERSION = "0.2.0"

Relationship = Literal["first_party", "third_party", "collaborative", "other"]
"""Relation of those who measured to those who made the model."""

UNBOUNDED = sys.float_info.max
"""Stands for the end of a range that has none: the schema asks for both ends, and JSON has no infinity."""

Json = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Who measured, and how the models are called elsewhere."""

    organisation: str
    relationship: Relationship
    model_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    """Model's name in the runs to `developer/name`; a model without one is `unknown/<name>`."""

    source: str = ""
    """Address of the organisation or of the report; `""` for none."""


def write_every_eval_ever(
    runs: Sequence[Run], out: Path, evaluator: Evaluator, *, now: float | None = None
) -> tuple[list[Path], list[str]]:
    """Write records below `out/data/<data set>/<developer>/<model>`; exporting a run again replaces its file.

    Args:
        runs: by each protocol to export.
        out: output folder; created if missing.
        evaluator: who measured.
        now: seconds since 1970 at which the records are made; the present by default.

    Returns:
        The files, and a sentence for each metric that was left out.

    Raises:
        RunFolderError: a run is unfinished or has failed images.
        UsageError: two runs are of one model, data set and protocol, or an id is of no model.
        OSError: a file cannot be written.
    """
    exported = exported_runs(runs)
    models = {each.run.model for each in exported}
    for name in evaluator.model_ids:
        if name not in models:
            raise UsageError(f"--model-id: no run is of the model {name!r}{did_you_mean(name, models)}")
    cells: dict[tuple[str, str], list[Exported]] = {}
    for each in exported:
        cells.setdefault((each.run.model, each.run.dataset), []).append(each)
    written: list[Path] = []
    for (model, dataset), same in cells.items():
        if not any(each.values for each in same):
            continue  # a record without a result says nothing; `left_out` says why there is none
        identity = evaluator.model_ids.get(model, f"unknown/{cell_name(model)}")
        record = _record(same, identity, evaluator, time.time() if now is None else now)
        developer, _, name = identity.partition("/")
        path = out / "data" / cell_name(dataset) / cell_name(developer) / cell_name(name) / f"{_name(same)}.json"
        write_atomic(path, json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        written.append(path)
    return written, [sentence for each in exported for sentence in each.left_out]


def _name(exported: Sequence[Exported]) -> str:
    """A UUID in the form of version 4, which the database asks for, but the same whenever the same runs are given."""
    plans = " ".join(each.run.info.plan_sha256 for each in exported)
    return str(uuid.UUID(bytes=hashlib.sha256(plans.encode()).digest()[:16], version=4))


def _record(exported: Sequence[Exported], identity: str, evaluator: Evaluator, now: float) -> Json:
    run = exported[0].run
    source: Json = {
        "source_name": "restorebench",
        "source_type": "evaluation_run",
        "source_organization_name": evaluator.organisation,
        "evaluator_relationship": evaluator.relationship,
    }
    if evaluator.source:
        source["source_organization_url"] = evaluator.source
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": f"{run.dataset}/{identity}/{now}",
        "evaluation_timestamp": run.info.created,
        "retrieved_timestamp": str(now),
        "source_metadata": source,
        "eval_library": _library(run),
        "model_info": _model(run, identity),
        "evaluation_results": [_result(each, value) for each in exported for value in each.values],
    }


def _library(run: Run) -> Json:
    """The version that measured; what it ran on goes with it."""
    environment = run.info.environment
    measured = environment.packages.get("restorebench", version("restorebench"))
    details: Json = {name: number for name, number in environment.packages.items() if name != "restorebench"}
    return {"name": "restorebench", "version": measured, "additional_details": {**details, "cpu": environment.cpu}}


def _model(run: Run, identity: str) -> Json:
    card, info = run.info.model, run.info
    details = {
        "name_in_restorebench": run.model,
        "publication": card.reference,
        "weights_sha256": info.weights.sha256,
        "inference": card.variant,
        "deployment_type": "self_deployed",
        "model_availability": "unknown",
    }
    return {
        "name": card.title or run.model,
        "id": identity,
        "developer": identity.partition("/")[0],
        "additional_details": {name: text for name, text in details.items() if text},
    }


def _result(exported: Exported, value: ExportedValue) -> Json:
    run = exported.run
    protocol = run.info.protocol
    return {
        "evaluation_name": f"{run.dataset} {run.protocol} {value.facts.name}",
        "source_data": _dataset(exported),
        "evaluation_timestamp": run.info.created,
        "metric_config": {
            "evaluation_description": f"{value.facts.title} by {protocol.id}: {protocol.title}. {protocol.formula}",
            "lower_is_better": not value.facts.higher_is_better,
            **_range(value.facts),
        },
        "score_details": _score(exported, value),
        "generation_config": {
            "generation_args": {"execution_command": run.info.command},
            "additional_details": {
                name: str(setting)
                for name, setting in (*run.info.plan.settings.items(), ("quantiser", protocol.quantiser))
            },
        },
    }


def _dataset(exported: Exported) -> Json:
    """Where the images come from: the data set's page, or its name alone."""
    info = exported.run.info
    details: Json = {
        "copy": info.copy.variant or "as published",
        "listing_sha256": info.copy.listing_sha256,
        "images": str(exported.images),
    }
    named: Json = {"dataset_name": exported.dataset_title, "additional_details": details}
    if info.dataset.homepage:
        return {**named, "source_type": "url", "url": [info.dataset.homepage]}
    return {**named, "source_type": "other"}


def _range(facts: MetricFacts) -> Json:
    """The range of a metric; the largest double stands where it has no end, and the details say so."""
    low, high = facts.bounds
    open_ends = [name for name, end in (("min_score", low), ("max_score", high)) if math.isinf(end)]
    ends: Json = {"score_type": "continuous", "min_score": max(low, -UNBOUNDED), "max_score": min(high, UNBOUNDED)}
    details = {"unit": facts.unit} if facts.unit else {}
    details |= dict.fromkeys(open_ends, "unbounded; the largest double stands for infinity")
    return {**ends, "additional_details": {**details}} if details else ends


def _score(exported: Exported, value: ExportedValue) -> Json:
    summary = value.summary
    uncertainty: Json = {"num_samples": summary.n}
    if summary.low is not None and summary.high is not None:
        uncertainty["confidence_interval"] = {
            "lower": summary.low,
            "upper": summary.high,
            "confidence_level": summary.level,
            "method": f"{exported.summary.intervals or 'bootstrap'}; {summary.groups} independent groups of images",
        }
    details: Json = {"protocol": exported.run.protocol, "pixel_fingerprint": exported.summary.pixel_fingerprint}
    if value.caveats:
        details["caveats"] = "; ".join(value.caveats)
    return {
        "score": value.mean,
        "details": {name: text for name, text in details.items() if text},
        "uncertainty": uncertainty,
    }
