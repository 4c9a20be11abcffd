"""The course of a training, as its folder shows it: logs, curves, and pictures of the validation set."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..contracts import PairedDataset, UInt8Image
from ..files.atomic import write_atomic
from ..files.codec import decode, encode, parse_json
from ..metrics.catalogue import MEASURED, PSNR
from ..terminal.progress import Progress
from .log import LOG_COLUMNS, VALIDATION_COLUMNS, CsvLog, draw_curves
from .pictures import ValidationPictures

__all__ = ["FACTS_FILE", "PICTURES_FOLDER", "Course", "TrainingFacts", "read_facts"]

FACTS_FILE = "training.json"
PICTURES_FOLDER = "validation"

REDRAWN_AFTER = 60.0
"""Seconds between two drawings of the curves, unless a validation comes first."""


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """What a training is, in `training.json`."""

    title: str
    model: str
    seed: int
    iterations: int
    device: str
    data: tuple[str, ...]

    @property
    def heading(self) -> str:
        """Model, recipe and seed."""
        return f"{self.model}: {self.title}, seed {self.seed}"


def read_facts(folder: Path) -> TrainingFacts:
    """Read `training.json`.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    return decode(TrainingFacts, parse_json((folder / FACTS_FILE).read_bytes()))


class Course:
    """Writer of the folder of a training.

    Args:
        folder: of the training.
        facts: what the training is.
        progress: shows the latest loss and the scores.
        done: iterations that were done before; what the folder has of later ones is dropped, for a kill undid it.
        watch: called after each change with the folder, to show it elsewhere.
    """

    def __init__(
        self,
        folder: Path,
        facts: TrainingFacts,
        progress: Progress,
        *,
        done: int,
        watch: Callable[[Path], object] | None = None,
    ) -> None:
        self._folder = folder
        self._facts = facts
        self._progress = progress
        self._watch = watch
        self._done = done
        self._began = self._drawn = self._logged = time.monotonic()
        self._waited = 0.0
        self._log = CsvLog(folder / "log.csv", LOG_COLUMNS, until=done)
        self._validations = CsvLog(folder / "validation.csv", VALIDATION_COLUMNS, until=done)
        self._pictures = ValidationPictures(folder / PICTURES_FOLDER)
        write_atomic(folder / FACTS_FILE, json.dumps(encode(facts), indent=1, ensure_ascii=False) + "\n")

    def begin(self, dataset: PairedDataset | None) -> None:
        """Start the clocks, and write the images of the validation set."""
        if dataset is not None:
            self._pictures.begin(dataset, until=self._done)
        self._began = self._drawn = self._logged = time.monotonic()
        self._waited = 0.0

    def waited(self, seconds: float) -> None:
        """Add time in which the next batch was not ready."""
        self._waited += seconds

    def log(self, iteration: int, count: int, values: Mapping[str, object], loss: float) -> None:
        """Add a row to `log.csv`.

        Args:
            iteration: the last one.
            count: iterations since the row before.
            values: stage, solver steps, learning rate and gradient norm.
            loss: mean over these iterations.
        """
        now = time.monotonic()
        spent = max(now - self._logged, 1e-9)
        self._log.add(
            {
                "iteration": iteration,
                **values,
                "loss": f"{loss:.6g}",
                "seconds": f"{now - self._began:.1f}",
                "iterations_per_second": f"{count / spent:.4g}",
                "waiting": f"{self._waited / spent:.3f}",
            }
        )
        self._logged, self._waited = now, 0.0
        self._progress.rename(f"{self._facts.heading}, loss {loss:.4g}")
        if now - self._drawn > REDRAWN_AFTER:
            self._draw()

    def validated(
        self, iteration: int, scores: Mapping[str, float], restored: Mapping[str, UInt8Image], *, images: int, by: str
    ) -> None:
        """Add a row to `validation.csv`, by the protocol `by`, and pictures."""
        row = {"iteration": iteration, "images": images, "protocol": by}
        self._validations.add(row | {name: f"{value:.{MEASURED[name].stored}f}" for name, value in scores.items()})
        self._pictures.add(iteration, restored)
        self._progress.note(f"iteration {iteration}: {scores[PSNR.name]:.{PSNR.digits}f} {PSNR.unit}")
        self._draw()

    def end(self) -> None:
        """Draw everything once more, when the weights are written."""
        self._draw()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        draw_curves(self._folder, self._facts.heading)
        if self._watch is not None:
            self._watch(self._folder)
