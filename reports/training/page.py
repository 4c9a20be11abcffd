"""The page of a training, which shows a running one as it goes: figures, curves and pictures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ...bench.errors import UsageError
from ...bench.files.atomic import write_atomic
from ...bench.metrics.catalogue import PSNR
from ...bench.terminal.display import duration
from ...bench.training.course import PICTURES_FOLDER, TrainingFacts, read_facts
from ...bench.training.log import read_rows
from ...bench.training.pictures import ValidationPictures
from ..page.page import render_page

__all__ = ["PAGE_FILE", "write_training_page"]

PAGE_FILE = "training.html"
REFRESHED_EVERY = 20
"""Seconds after which a browser loads the page of a running training again."""

RECENT = 20
"""Rows of the log that the speed is taken from."""

SHOWN = 6
"""Pictures of an image through the training, evenly chosen, the last among them."""


@dataclass(frozen=True, slots=True)
class Strip:
    """An image through the training."""

    key: str
    pictures: tuple[tuple[str, str], ...]
    """Caption and path below the folder of the page."""


def write_training_page(folder: Path, *, finished: bool = False) -> Path:
    """Write `training.html` in the folder of a training; while it runs, the page loads itself again.

    Raises:
        UsageError: there is no training in the folder.
        CheckpointError: its logs are damaged.
        OSError: the page cannot be written.
    """
    try:
        facts = read_facts(folder)
    except FileNotFoundError as error:
        raise UsageError(f"{folder} holds no training: give the folder that `restorebench train` wrote.") from error
    context = {
        "title": facts.heading,
        "facts": facts,
        "figures": _figures(folder, facts),
        "curves": _stamped(folder, folder / "curves.png"),
        "strips": _strips(folder),
        "refresh": 0 if finished else REFRESHED_EVERY,
    }
    path = folder / PAGE_FILE
    write_atomic(path, render_page("training.html.j2", context, style="training.css"))
    return path


def _figures(folder: Path, facts: TrainingFacts) -> dict[str, str]:
    """The numbers at the top, by name."""
    log, scores = read_rows(folder / "log.csv"), read_rows(folder / "validation.csv")
    figures: dict[str, str] = {}
    if log:
        last, done = log[-1], int(log[-1]["iteration"])
        rate = _recent_rate(log)
        figures["Iteration"] = f"{done:,} of {facts.iterations:,}"
        if rate and done < facts.iterations:
            figures["Time left"] = duration((facts.iterations - done) / rate)
        figures["Iterations/s"] = f"{rate:.2f}" if rate else ""
        figures["Waiting for data"] = f"{float(last['waiting']):.1%}" if last.get("waiting") else ""
        figures["Training loss"] = f"{float(last['loss']):.4g}"
        figures["Gradient norm"] = last["gradient_norm"]
        figures["Learning rate"] = f"{float(last['learning_rate']):.3g}"
    if scores:
        values = {int(row["iteration"]): float(row[PSNR.name]) for row in scores}
        best = max(values, key=values.__getitem__)
        protocol, unit = scores[-1]["protocol"], PSNR.unit
        figures[f"Validation {PSNR.title}, {protocol}"] = f"{list(values.values())[-1]:.{PSNR.digits}f} {unit}"
        figures["Best so far"] = f"{values[best]:.{PSNR.digits}f} {unit} at {best:,}"
    return {name: value for name, value in figures.items() if value}


def _recent_rate(log: Sequence[Mapping[str, str]]) -> float:
    """Iterations a second in the last rows, validations included; 0 if no row says it."""
    recent = [(0.0, log[0]), *((float(before["iteration"]), row) for before, row in itertools.pairwise(log))][-RECENT:]
    known = [(float(row["iteration"]) - before, float(row.get("iterations_per_second") or 0)) for before, row in recent]
    spent = math.fsum(count / rate for count, rate in known if rate)
    return math.fsum(count for count, rate in known if rate) / spent if spent else 0.0


def _strips(folder: Path) -> list[Strip]:
    pictures = ValidationPictures(folder / PICTURES_FOLDER)
    strips: list[Strip] = []
    for key in pictures.keys():  # noqa: SIM118 -- not a mapping
        restored = list(pictures.restored(key).items())
        step = max(1, -(-len(restored) // SHOWN))
        chosen = restored[::-1][::step][::-1]
        shown = [
            ("degraded", pictures.degraded(key)),
            *((f"iteration {iteration:,}", path) for iteration, path in chosen),
            ("target", pictures.target(key)),
        ]
        strips.append(Strip(key, tuple((caption, _stamped(folder, path)) for caption, path in shown)))
    return strips


def _stamped(folder: Path, path: Path) -> str:
    """Relative address of a file, another one whenever the file changes, so that no browser shows an old picture.

    `""` for a file that is absent.
    """
    if not path.exists():
        return ""
    return f"{quote(path.relative_to(folder).as_posix())}?{path.stat().st_mtime_ns // 1_000_000:x}"
