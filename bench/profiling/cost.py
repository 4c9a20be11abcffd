"""The record of what a model costs, `OUT/cost/<model>.json`, which tables and reports join on the model's name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ..contracts import JsonValue
from ..files.atomic import write_atomic
from ..files.codec import encode
from ..machine.environment import Environment
from ..machine.hardware import CpuFacts, GpuFacts, GpuState
from ..runs.costs import Variant
from ..runs.run import cell_name
from .latency.measurement import Failure
from .latency.timing import Rules, Timing
from .macs.records import Convention, MacCount
from .memory.peaks import CpuMemory, GpuMemory

__all__ = [
    "SCHEMA_VERSION",
    "Cost",
    "Hardware",
    "Largest",
    "MeasuredVariant",
    "Scaling",
    "Variant",
    "cost_path",
    "prepare_costs",
    "write_cost",
]

SCHEMA_VERSION = 1
"""Version of the file format; readers ignore unknown keys."""

IN_TABLES: tuple[Convention, ...] = ("all", "conv+linear+matmul", "conv")
"""Conventions that tables show."""


@dataclass(frozen=True, slots=True)
class MeasuredVariant:
    """The cost of one variant; `None` for what was not measured."""

    variant: Variant
    device: str
    time: Timing | Failure | None = None
    joules: float | None = None
    """Energy of one image on a GPU that says."""

    memory: GpuMemory | CpuMemory | Failure | None = None

    @property
    def broken(self) -> bool:
        """Whether a measurement failed for another reason than memory."""
        return any(isinstance(found, Failure) and not found.out_of_memory for found in (self.time, self.memory))

    @property
    def images_per_second(self) -> float | None:
        """Throughput, of a stable measurement."""
        return self.variant.batch / self.time.median if isinstance(self.time, Timing) and self.time.stable else None


@dataclass(frozen=True, slots=True)
class Scaling:
    """Exponents of pixels: 1 is proportional, 2 quadratic."""

    of: str
    """The variants' common part: `batch 1, fp32`."""

    time: float | None
    memory: float | None


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest square image that fits, to the step of the search."""

    side: int | None
    """`None` if not even the smallest one does."""

    step: int
    probes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Side to `fits` or the reason why not."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine, before and after."""

    cpu: CpuFacts
    gpu: GpuFacts | None = None
    before: GpuState | None = None
    after: GpuState | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Everything that was found out about the cost of one model."""

    model: str
    title: str
    weights: str
    """sha256; `random` where none were given, which moves neither MACs nor memory."""

    params: int
    counts: tuple[MacCount, ...]
    """One for each size, of one image."""

    cells: tuple[MeasuredVariant, ...]
    scaling: tuple[Scaling, ...]
    largest: Largest | None
    rules: Rules
    hardware: Hardware | None
    environment: Environment
    model_commit: str
    """Git commit of the user's model file, with `-dirty` if it was changed; `""` for registered models."""

    command: str
    created: str
    """UTC, ISO 8601."""

    schema_version: int = SCHEMA_VERSION

    @property
    def macs(self) -> dict[str, float]:
        """MACs by convention and size, as tables show them; totals with unknown operators are lower bounds."""
        return {
            f"{convention}, {count.height}x{count.width}{' (lower bound)' if count.unknown else ''}": count.total(
                convention
            )
            for count in self.counts
            for convention in IN_TABLES
        }

    @property
    def latency(self) -> dict[str, float]:
        """Median seconds of a call, by variant and device; unstable measurements are left out."""
        return {
            f"{cell.variant.label}, {cell.device}": cell.time.median
            for cell in self.cells
            if isinstance(cell.time, Timing) and cell.time.stable
        }

    @property
    def memory(self) -> dict[str, float]:
        """Peak bytes by what was measured and variant."""
        named: dict[str, float] = {}
        for cell in self.cells:
            if isinstance(cell.memory, CpuMemory):
                named[f"CPU growth, {cell.variant.label}"] = cell.memory.growth
            if isinstance(cell.memory, GpuMemory):
                named[f"GPU allocated, {cell.variant.label}"] = cell.memory.allocated
        return named

    def to_json(self) -> dict[str, JsonValue]:
        """The file: first what tables read, then everything else with its method."""
        summary: dict[str, JsonValue] = {
            "schema_version": self.schema_version,
            "model": self.model,
            "params": self.params,
            "macs": cast("JsonValue", self.macs),
            "latency": cast("JsonValue", self.latency),
            "memory": cast("JsonValue", self.memory),
        }
        return summary | cast("dict[str, JsonValue]", encode(self)) | {"method": cast("JsonValue", dict(METHOD))}


METHOD: Mapping[str, str] = {
    "macs": (
        "A dispatch-level counter of every torch operator. MACs of convolutions and products; half the operations of "
        "everything else; an N-point Fourier transform is 5 N log2 N operations, of real data 2.5 N log2 N."
    ),
    "latency": (
        "Seconds of a call on data that are on the device already, padding and tiles included, decoding and scoring "
        "not; models interleaved; the median with its 95 % interval. On CUDA by events with the queue kept full and "
        "the cache flushed."
    ),
    "memory": (
        "CPU: growth of the resident peak during one call in a fresh process. GPU: peaks of torch's allocator in a "
        "fresh process, and what the driver says the process holds."
    ),
}


def cost_path(out: Path, model: str) -> Path:
    """The cost file of a model, beside its runs."""
    return out / "cost" / f"{cell_name(model)}.json"


def prepare_costs(out: Path) -> None:
    """Make the folder of the cost files, so that one that cannot be made is noticed before anything is measured.

    Raises:
        OSError: it cannot be made.
    """
    cost_path(out, "").parent.mkdir(parents=True, exist_ok=True)


def write_cost(cost: Cost, out: Path) -> Path:
    """Write the record in one atomic step; an older one is replaced."""
    path = cost_path(out, cost.model)
    write_atomic(path, json.dumps(cost.to_json(), indent=1, ensure_ascii=False) + "\n")
    return path


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """Least-squares slope of log y over log x; `None` for fewer than two x or values that are not positive.

    >>> round(exponent([(1, 3), (2, 12), (4, 48)]), 6)
    2.0
    """
    import math

    usable = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    if len({x for x, _ in usable}) < 2:  # noqa: PLR2004 -- a slope needs two
        return None
    mean_x, mean_y = (sum(values) / len(usable) for values in zip(*usable, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in usable) / sum((x - mean_x) ** 2 for x, _ in usable)
