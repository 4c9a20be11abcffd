"""What a model costs, read from `OUT/cost/<model>.json` beside the runs, where someone measured it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ...bench.contracts import JsonValue
from ...bench.errors import RunFolderError
from ...bench.runs.run import Run, cell_name

__all__ = ["RowCost", "TimePoint", "cost_texts", "find_costs", "read_cost"]

GIGA, MEGA, MEBI, MILLI = 1e9, 1e6, 2**20, 1e-3


@dataclass(frozen=True, slots=True)
class TimePoint:
    """How long one call takes at one size."""

    pixels: int
    """Of one image."""

    seconds: float
    how: str
    """What is otherwise equal: `batch 1, fp32, cpu`."""


@dataclass(frozen=True, slots=True)
class RowCost:
    """RowCost of one model; anything that was not measured is absent."""

    params: int | None = None
    macs: Mapping[str, float] = field(default_factory=dict[str, float])
    """Multiply-accumulates by counting convention: `conv`, `all`, ..."""

    latency: Mapping[str, float] = field(default_factory=dict[str, float])
    """Seconds, by what was measured."""

    memory: Mapping[str, float] = field(default_factory=dict[str, float])
    """Bytes, by what was measured."""

    times: tuple[TimePoint, ...] = ()
    """Every size that was timed."""


def find_costs(runs: Iterable[Run]) -> dict[str, RowCost]:
    """RowCost by model name, for the models that have a file beside one of their runs.

    Raises:
        RunFolderError: a file is not JSON.
    """
    found: dict[str, RowCost] = {}
    for run in runs:
        path = run.path.parent.parent / "cost" / f"{cell_name(run.model)}.json"
        if run.model not in found and path.is_file():
            found[run.model] = read_cost(path)
    return found


def read_cost(path: Path) -> RowCost:
    """Read one file; keys that are not known are left out.

    Raises:
        RunFolderError: it is not a JSON object.
    """
    try:
        raw = cast("JsonValue", json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged ({error}): delete it and profile the model again.") from error
    if not isinstance(raw, dict):
        raise RunFolderError(f"{path} is not the cost of a model: delete it and profile the model again.")
    params = raw.get("params")
    return RowCost(
        params=params if isinstance(params, int) else None,
        macs=_numbers(raw.get("macs")),
        latency=_numbers(raw.get("latency")),
        memory=_numbers(raw.get("memory")),
        times=_times(raw.get("cells")),
    )


def cost_texts(cost: RowCost | None) -> dict[str, str]:
    """Head and text of every cost that was measured.

    >>> cost_texts(RowCost(params=168963, macs={"conv": 66.25e9}))
    {'Params (M)': '0.17', 'GMACs (conv)': '66.25'}
    """
    if cost is None:
        return {}
    found = {"Params (M)": f"{cost.params / MEGA:.2f}"} if cost.params is not None else {}
    found |= {f"GMACs ({name})": f"{value / GIGA:.2f}" for name, value in cost.macs.items()}
    found |= {f"ms ({name})": f"{value / MILLI:.1f}" for name, value in cost.latency.items()}
    return found | {f"MiB ({name})": f"{value / MEBI:.0f}" for name, value in cost.memory.items()}


def _times(cells: JsonValue) -> tuple[TimePoint, ...]:
    points: list[TimePoint] = []
    for cell in cells if isinstance(cells, list) else []:
        variant, time = (cell.get("variant"), cell.get("time")) if isinstance(cell, dict) else (None, None)
        if not (isinstance(cell, dict) and isinstance(variant, dict) and isinstance(time, dict)):
            continue
        height, width, median = variant.get("height"), variant.get("width"), time.get("median")
        if isinstance(height, int) and isinstance(width, int) and isinstance(median, int | float):
            how = f"batch {variant.get('batch')}, {variant.get('precision')}, {cell.get('device')}"
            points.append(TimePoint(height * width, float(median), how))
    return tuple(points)


def _numbers(value: JsonValue) -> dict[str, float]:
    items = value.items() if isinstance(value, dict) else [("all", value)]
    return {name: float(number) for name, number in items if isinstance(number, int | float)}
