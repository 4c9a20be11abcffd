"""Cost files, read from `OUT/cost/<model>.json` beside the runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..contracts import Precision
from ..errors import RunFolderError
from ..files.codec import decode, parse_json
from .run import Run, cell_name

__all__ = [
    "CONVENTION",
    "MACS",
    "MEMORY",
    "PARAMETERS",
    "CostFile",
    "Variant",
    "cost_file_path",
    "read_cost",
    "read_cost_file",
]

PARAMETERS = "parameters"
MACS = "macs "
"""Begins the name of a count of multiply-accumulates; the size follows."""

MEMORY = "memory "
"""Begins the name of a peak in bytes; what was measured, and at which size, follows."""

CONVENTION = "all, "
"""Begins the keys of the counts that are complete, which are the ones compared."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The way the network is run for one measurement."""

    height: int
    width: int
    batch: int = 1
    precision: Precision = "fp32"
    channels_last: bool = False
    compiled: bool = False
    tile: int | None = None

    @property
    def size(self) -> str:
        """`720x1280`: height, then width."""
        return f"{self.height}x{self.width}"

    @property
    def label(self) -> str:
        """The variant in words: `720x1280, batch 4, bf16`."""
        return ", ".join((self.size, *((f"batch {self.batch}",) if self.batch > 1 else ()), *self._kinds))

    @property
    def settings(self) -> str:
        """Everything but the size, in words: `batch 1, fp32, channels last`."""
        return ", ".join((f"batch {self.batch}", *self._kinds))

    @property
    def _kinds(self) -> tuple[str, ...]:
        kinds = ("channels last" if self.channels_last else "", "compiled" if self.compiled else "")
        return self.precision, *filter(None, (*kinds, f"tiles {self.tile}" if self.tile else ""))


@dataclass(frozen=True, slots=True)
class TimedCall:
    """Time of a call, without a median if it could not be measured."""

    median: float | None = None
    """Seconds."""

    p5: float | None = None
    p95: float | None = None
    doubts: tuple[str, ...] = ()
    """Why the times are not to be trusted; empty if they are."""


@dataclass(frozen=True, slots=True)
class TimedCell:
    """One variant on one device."""

    variant: Variant
    device: str
    time: TimedCall | None = None


@dataclass(frozen=True, slots=True)
class CostFile:
    """Contents of `OUT/cost/<model>.json` used by tables and checks; costs not measured are absent."""

    params: int | None = None
    macs: Mapping[str, float] = field(default_factory=dict[str, float])
    """Multiply-accumulates by counting convention and size: `conv, 256x256`."""

    latency: Mapping[str, float] = field(default_factory=dict[str, float])
    """Seconds by measurement."""

    memory: Mapping[str, float] = field(default_factory=dict[str, float])
    """Bytes by measurement."""

    cells: tuple[TimedCell, ...] = ()


def cost_file_path(run: Run) -> Path:
    """Path of the cost file of a run's model, in the output folder that contains the run."""
    return run.path.resolve().parent.parent / "cost" / f"{cell_name(run.model)}.json"


def read_cost_file(path: Path) -> CostFile:
    """Read a cost file, ignoring unknown keys.

    Raises:
        RunFolderError: the file cannot be read, or is damaged.
    """
    try:
        return decode(CostFile, parse_json(path.read_bytes()))
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged ({error}): delete it and profile the model again.") from error


def read_cost(run: Run) -> dict[str, int]:
    """Read the numbers in the cost file of a run's model; empty if there is no file.

    Returns:
        `parameters`, `macs 256x256`, `memory GPU allocated, 256x256` and the like.

    Raises:
        RunFolderError: the file is damaged.
    """
    path = cost_file_path(run)
    if not path.is_file():
        return {}
    cost = read_cost_file(path)
    named: dict[str, float] = {} if cost.params is None else {PARAMETERS: cost.params}
    complete = {key: count for key, count in cost.macs.items() if key.startswith(CONVENTION)}
    named |= {f"{MACS}{key.removeprefix(CONVENTION)}": count for key, count in complete.items()}
    named |= {f"{MEMORY}{key}": peak for key, peak in cost.memory.items()}
    return {name: round(value) for name, value in named.items()}
