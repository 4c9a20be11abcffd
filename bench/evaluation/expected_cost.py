"""Time and memory that a run will take, as far as `restorebench profile` has measured the model here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RunFolderError
from ..profiling.cost import cost_path
from ..runs.costs import CostFile, TimedCell, read_cost_file
from ..terminal.display import duration
from ..terminal.paths import typed_command
from ..terminal.wording import counted

if TYPE_CHECKING:
    from ..contracts import PairedDataset

__all__ = ["Expected", "expected_cost"]


@dataclass(frozen=True, slots=True)
class Expected:
    """Time or memory."""

    what: str
    known: bool
    detail: str
    commands: tuple[str, ...] = ()


def expected_cost(model: str, written: str, copy: PairedDataset | None, out: Path) -> Iterator[Expected]:
    """Time and memory to expect.

    Args:
        model: its name with options, as cost files have it.
        written: the same as `-m` takes it, with its weights.
        copy: the data set, whose first image tells the size; `None` if it is not here.
        out: the folder with `cost/`.
    """
    size = None if copy is None else next(iter(copy)).degraded.read().shape[:2]
    measured = f"{size[0]}x{size[1]}" if size else "720x1280"
    command = typed_command(["restorebench", "profile", "-m", written, "--size", measured, "--out", str(out)])
    cost = _read(cost_path(out, model))
    if cost is None:
        unknown = f"not measured here: `{command}` measures it"
        yield Expected("time and memory", known=False, detail=unknown)
        return
    if cost.memory:
        peaks = ", ".join(f"{peak / 1e9:.2f} GB ({kind})" for kind, peak in cost.memory.items())
        yield Expected("memory", known=True, detail=peaks)
    for cell in _timed(cost.cells):
        yield Expected(
            f"time on {cell.device}", known=True, detail=_time(cell, size, None if copy is None else len(copy))
        )


def _read(path: Path) -> CostFile | None:
    """A cost file; `None` if there is none that can be read, since it only adds to an answer."""
    try:
        return read_cost_file(path) if path.is_file() else None
    except RunFolderError:
        return None


def _timed(cells: Sequence[TimedCell]) -> list[TimedCell]:
    """Of each device, the largest size that was timed as runs restore: one image, fp32, not in tiles."""
    usual = [
        cell
        for cell in cells
        if cell.time is not None
        and cell.time.median is not None
        and (cell.variant.batch, cell.variant.precision, cell.variant.tile) == (1, "fp32", None)
    ]
    largest: dict[str, TimedCell] = {}
    for cell in sorted(usual, key=lambda cell: cell.variant.height * cell.variant.width):
        largest[cell.device] = cell
    return list(largest.values())


def _time(cell: TimedCell, size: Sequence[int] | None, images: int | None) -> str:
    """`about 3 h: 1111 images of 720x1280, 9.7 s each`, as far as it is known."""
    seconds = (cell.time and cell.time.median) or 0.0
    if size is None or images is None:
        return f"{seconds:.3g} s for an image of {cell.variant.size}"
    scale = size[0] * size[1] / (cell.variant.height * cell.variant.width)
    scaled = "" if scale == 1 else f", by pixels from {cell.variant.size}"
    whole = duration(seconds * scale * images)
    return f"about {whole}: {counted(images, 'image')} of {size[0]}x{size[1]}, {seconds * scale:.3g} s each{scaled}"
