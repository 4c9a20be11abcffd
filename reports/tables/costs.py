"""Costs of models, read from `OUT/cost/<model>.json` beside the runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...bench.runs.costs import CostFile, cost_file_path, read_cost_file
from ...bench.runs.run import Run

__all__ = [
    "CostCell",
    "ModelCost",
    "TimePoint",
    "cost_cells",
    "cost_texts",
    "cost_values",
    "find_costs",
    "read_cost",
    "unstable_latencies",
]

GIGA, MEGA, MEBI, MILLI = 1e9, 1e6, 2**20, 1e-3


@dataclass(frozen=True, slots=True)
class TimePoint:
    """Time of one call at one image size."""

    pixels: int
    """Pixels of one image."""

    seconds: float
    """Median."""

    how: str
    """Measurement setting: `batch 1, fp32, cpu`."""

    size: str = ""
    """Height and width of one image: `256x256`."""

    name: str = ""
    """Its name in `ModelCost.latency`, if it is stable: `256x256, fp32, cpu`."""

    low: float | None = None
    """The 5th percentile; `None` if the file lacks it."""

    high: float | None = None
    """The 95th percentile."""

    doubts: tuple[str, ...] = ()
    """Why the median cannot be relied on."""

    @property
    def stable(self) -> bool:
        """Whether the median can be relied on."""
        return not self.doubts


@dataclass(frozen=True, slots=True)
class ModelCost:
    """Costs of one model; costs not measured are absent."""

    params: int | None = None
    macs: Mapping[str, float] = field(default_factory=dict[str, float])
    """Multiply-accumulates by counting convention: `conv`, `all`, ..."""

    latency: Mapping[str, float] = field(default_factory=dict[str, float])
    """Seconds by measurement."""

    memory: Mapping[str, float] = field(default_factory=dict[str, float])
    """Bytes by measurement."""

    times: tuple[TimePoint, ...] = ()
    """All timed sizes."""


@dataclass(frozen=True, slots=True)
class CostCell:
    """One cost as tables show it."""

    text: str
    note: str = ""
    """Why the text is not one number; `""` for one that is."""

    @property
    def marked(self) -> str:
        """The text with its mark, where there is no footnote."""
        return f"{self.text} (unstable)" if self.note and self.text != "unstable" else self.text


def find_costs(runs: Iterable[Run]) -> dict[str, ModelCost]:
    """Find costs by model name, for models with a cost file beside one of their runs; there is none beside an archive.

    Raises:
        RunFolderError: a file is damaged.
    """
    found: dict[str, ModelCost] = {}
    for run in runs:
        path = cost_file_path(run)
        if run.model not in found and run.path.is_dir() and path.is_file():
            found[run.model] = read_cost(path)
    return found


def read_cost(path: Path) -> ModelCost:
    """Read a cost file, ignoring unknown keys.

    Raises:
        RunFolderError: the file is damaged.
    """
    file = read_cost_file(path)
    return ModelCost(file.params, file.macs, file.latency, file.memory, tuple(_times(file)))


def cost_texts(cost: ModelCost | None) -> dict[str, str]:
    """Column heads and texts of the measured costs that are numbers: unstable latencies are not, see `cost_cells`.

    >>> cost_texts(ModelCost(params=168963, macs={"conv": 66.25e9}))
    {'Params (M)': '0.17', 'GMACs (conv)': '66.25'}
    """
    return {head: f"{value:.{_decimals(head)}f}" for head, value in cost_values(cost).items()}


def cost_values(cost: ModelCost | None) -> dict[str, float]:
    """Column heads and unrounded values, in the unit of the head, of the costs in `cost_texts`; points are at these.

    >>> cost_values(ModelCost(params=21123))
    {'Params (M)': 0.021123}
    """
    if cost is None:
        return {}
    found = {"Params (M)": cost.params / MEGA} if cost.params is not None else {}
    found |= {f"GMACs ({name})": value / GIGA for name, value in cost.macs.items()}
    found |= {f"ms ({name})": value / MILLI for name, value in cost.latency.items()}
    return found | {f"MiB ({name})": value / MEBI for name, value in cost.memory.items()}


def _decimals(head: str) -> int:
    return {"ms": 1, "MiB": 0}.get(head.partition(" ")[0], 2)


def cost_cells(cost: ModelCost | None) -> dict[str, CostCell]:
    """Column heads and cells of all measured costs, with unstable latencies as ranges and a note.

    No table or page shows the median of an unstable measurement: `cost_texts`, from which points are drawn, lacks it.

    >>> unstable = TimePoint(1, 0.02, "batch 1, fp32, cpu", "256x256", "256x256, fp32, cpu", 0.012, 0.0451, ("busy",))
    >>> cell = cost_cells(ModelCost(times=(unstable,)))["ms (256x256, fp32, cpu)"]
    >>> cell.text, cell.note, cell.marked
    ('12.0–45.1', 'unstable latency (busy): the 5th to the 95th percentile of the calls', '12.0–45.1 (unstable)')
    """
    if cost is None:
        return {}
    cells = {head: CostCell(text) for head, text in cost_texts(replace(cost, memory={})).items()}
    for time in cost.times:
        if not time.stable:
            cells.setdefault(f"ms ({time.name})", _unstable(time))
    return cells | {head: CostCell(text) for head, text in cost_texts(ModelCost(memory=cost.memory)).items()}


def unstable_latencies(costs: Mapping[str, ModelCost]) -> list[str]:
    """A phrase for each model and latency that is unstable: what a plot of points leaves out.

    Args:
        costs: by the title of the model.
    """
    return [
        f"{title}, {head}: {cell.text}"
        for title, cost in costs.items()
        for head, cell in cost_cells(cost).items()
        if cell.note
    ]


def _unstable(time: TimePoint) -> CostCell:
    unstable = f"unstable latency ({'; '.join(time.doubts)})"
    if time.low is None or time.high is None:
        return CostCell("unstable", f"{unstable}, whose range was not recorded")
    spread = f"{time.low / MILLI:.1f}\N{EN DASH}{time.high / MILLI:.1f}"
    return CostCell(spread, f"{unstable}: the 5th to the 95th percentile of the calls")


def _times(file: CostFile) -> Iterator[TimePoint]:
    for cell in file.cells:
        if cell.time is not None and cell.time.median is not None:
            variant, time = cell.variant, cell.time
            yield TimePoint(
                variant.height * variant.width,
                cell.time.median,
                f"{variant.settings}, {cell.device}",
                variant.size,
                f"{variant.label}, {cell.device}",
                time.p5,
                time.p95,
                time.doubts,
            )
