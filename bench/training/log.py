"""Training logs: two CSV files and a plot."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CheckpointError
from ..files.atomic import replacing
from ..files.faults import naming
from ..files.figures import save_figure
from ..metrics.catalogue import CHEAP, PSNR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# matplotlib types the keyword arguments of its drawing functions as unknown:
# pyright: reportUnknownMemberType=false

__all__ = ["LOG_COLUMNS", "VALIDATION_COLUMNS", "CsvLog", "draw_curves", "read_rows"]

LOG_COLUMNS = (
    "iteration",
    "stage",
    "solver_steps",
    "learning_rate",
    "loss",
    "gradient_norm",
    "seconds",
    "iterations_per_second",
    "waiting",
)
"""Of `log.csv`. Loss and the last two are means over the iterations since the row before; `waiting` is the share of the
time in which no batch was ready. Seconds count from the start of the process.
"""

VALIDATION_COLUMNS = ("iteration", *CHEAP, "images", "protocol")


class CsvLog:
    """A CSV file with one row per logged iteration, flushed as it grows.

    Args:
        path: of the file.
        columns: the first one is `iteration`.
        until: rows of later iterations are dropped; they belong to work that a kill has undone.
    """

    def __init__(self, path: Path, columns: Sequence[str], *, until: int) -> None:
        self._path = path
        self._columns = tuple(columns)
        kept = [row for row in read_rows(path) if _number(row, "iteration", path) <= until]
        with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)

    def add(self, row: Mapping[str, object]) -> None:
        """Append one row."""
        with naming(self._path), self._path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self._columns, lineterminator="\n").writerow(row)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The complete rows of a CSV file; a torn last one is left out.

    Raises:
        CheckpointError: it is damaged.
    """
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        return list(csv.DictReader(whole.splitlines()))
    except (OSError, ValueError, csv.Error) as error:
        raise _damaged(path, str(error)) from error


def _number(row: Mapping[str, str | None], name: str, path: Path) -> float:
    try:
        return float(row.get(name) or "")
    except (ValueError, TypeError) as error:
        raise _damaged(path, f"{name} is {row.get(name)!r}") from error


def _damaged(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(f"{path} is damaged ({reason[:100]}): delete it, and the training goes on with a new one.")


def draw_curves(folder: Path, title: str) -> Path:
    """Draw the course of a training from its CSV files, as `curves.png`.

    Above are loss and validation PSNR over the iterations, below learning rate and gradient norm.
    """
    from matplotlib.figure import Figure  # a figure without pyplot needs no display

    log, scores = read_rows(folder / "log.csv"), read_rows(folder / "validation.csv")
    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    place = folder / "log.csv"
    _plot(axes, log, "loss", place, label="training loss", colour="#767676")
    _plot(below, log, "learning_rate", place, label="learning rate", colour="#9a5b00")
    _plot(below.twinx(), log, "gradient_norm", place, label="gradient norm", colour="#767676")
    axes.set_title(title)
    below.set_xlabel("iteration")
    for before, row in itertools.pairwise(log):
        if row.get("stage") != before.get("stage"):
            for each in (axes, below):
                each.axvline(_number(before, "iteration", place), color="#bbbbbb", lw=0.8, ls=":")
    if scores:
        right = axes.twinx()
        place = folder / "validation.csv"
        steps, values = ([_number(row, name, place) for row in scores] for name in ("iteration", PSNR.name))
        right.plot(steps, values, "o-", color="#0062b1")
        right.set_ylabel(f"validation {PSNR.title}, {PSNR.unit} ({scores[-1].get('protocol')})", color="#0062b1")
    path = folder / "curves.png"
    save_figure(figure, path, dpi=150)
    return path


def _plot(axes: Axes, rows: Sequence[Mapping[str, str]], name: str, place: Path, *, label: str, colour: str) -> None:
    """Plot a column over the iterations; rows that lack it, of an earlier release, are left out."""
    known = [row for row in rows if row.get(name)]
    axes.plot(*([_number(row, each, place) for row in known] for each in ("iteration", name)), color=colour, lw=1)
    axes.set_ylabel(label, color=colour)
