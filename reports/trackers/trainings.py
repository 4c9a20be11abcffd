"""Sending of a training while it runs: the rows of its logs, and pictures of the validation images."""

from __future__ import annotations

import contextlib
import math
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...bench.errors import first_line
from ...bench.training.course import PICTURES_FOLDER, read_facts
from ...bench.training.log import read_rows
from ...bench.training.pictures import ValidationPictures
from .sent import Sent
from .tracker import TrackedRun, Tracker

__all__ = ["TrackedTraining", "tracked_training"]

LOGS = {"log": "training", "validation": "validation"}
"""Stream, which is the stem of its CSV file, to the prefix of its values."""

PICTURES = "pictures"


class TrackedTraining:
    """Sender of what the folder of a training gains; `send` is a watcher of `train`.

    A tracker that fails is left alone until the training ends: it neither stops the training nor slows it down. What
    it lacks is sent by `end`, or when the same command is run again.

    Args:
        tracker: receives the rows.
        say: receives a sentence when the tracker fails, and one on where the training is.
    """

    def __init__(self, tracker: Tracker, say: Callable[[str], None]) -> None:
        self._tracker = tracker
        self._say = say
        self._run: TrackedRun | None = None
        self._failed = False

    def send(self, folder: Path) -> None:
        """Send what the folder has and the tracker lacks.

        Raises:
            CheckpointError: a log is damaged.
            RunFolderError: `tracked.json` is damaged.
            OSError: the folder cannot be read or written.
        """
        if not self._failed:
            self._try(folder)

    def end(self, folder: Path, *, complete: bool) -> bool:
        """Send the rest, close the run, and return whether the tracker took everything.

        Raises:
            As `send`.
        """
        if not self._try(folder):
            return False
        if self._run is None:
            return True
        try:
            place = self._tracker.end(complete=complete)
        except self._tracker.failures as error:
            self._complain(error)
            return False
        self._say(f"Tracked: {place}")
        return True

    def _try(self, folder: Path) -> bool:
        sent = Sent(folder)
        for stream, items in _items(folder).items():
            known = sent.runs(self._tracker.key)
            last = sent.last(self._tracker.key, known[0], stream) if known else -1
            if not self._send_stream(stream, [item for item in items if item.step > last], folder, sent):
                return False
        return True

    def _send_stream(self, stream: str, items: Sequence[_Item], folder: Path, sent: Sent) -> bool:
        delivered: tuple[str, int] | None = None
        try:
            for item in items:
                run = self._begin(folder, sent)
                item.send(self._tracker)
                delivered = run.id, item.step
        except self._tracker.failures as error:
            self._failed = True
            self._complain(error)
            return False
        finally:
            if delivered is not None:
                sent.note(self._tracker.key, delivered[0], stream, delivered[1])
        return True

    def _begin(self, folder: Path, sent: Sent) -> TrackedRun:
        if self._run is None:
            known = sent.runs(self._tracker.key)
            run = _described(folder, known[0] if known else uuid.uuid4().hex[:16])
            self._tracker.begin(run, after=sent.latest(self._tracker.key, run.id))
            self._run = run
        return self._run

    def _complain(self, error: Exception) -> None:
        self._say(
            f"{self._tracker.key} takes nothing more ({first_line(error)}): the training is kept in its folder; run "
            "the same command again to send what is missing."
        )


@contextlib.contextmanager
def tracked_training(
    folder: Path, trackers: Sequence[Tracker], say: Callable[[str], None]
) -> Generator[Callable[[Path], None]]:
    """Yield a watcher of `train` for the time of the training; at its end the rest is sent and every run is closed.

    Args:
        folder: of the training.
        trackers: receive the training.
        say: receives sentences for people, see `TrackedTraining`.
    """
    tracked = [TrackedTraining(tracker, say) for tracker in trackers]

    def send(changed: Path) -> None:
        for each in tracked:
            each.send(changed)

    complete = False
    try:
        yield send
        complete = True
    finally:
        for each in tracked:
            each.end(folder, complete=complete)


@dataclass(frozen=True, slots=True)
class _Item:
    """Everything of one stream at one step."""

    step: int
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    pictures: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def send(self, tracker: Tracker) -> None:
        if self.values:
            tracker.log(self.step, self.values)
        for name, path in self.pictures.items():
            tracker.picture(self.step, name, path)


def _items(folder: Path) -> dict[str, list[_Item]]:
    """Everything that a training has, by stream, in increasing order of steps."""
    items: dict[str, list[_Item]] = {}
    for stream, prefix in LOGS.items():
        rows = read_rows(folder / f"{stream}.csv")
        items[stream] = [_Item(int(row["iteration"]), values=_values(row, prefix)) for row in rows]
    pictures = ValidationPictures(folder / PICTURES_FOLDER)
    by_step: dict[int, dict[str, Path]] = {}
    for key in pictures.keys():  # noqa: SIM118 -- not a mapping
        for step, path in pictures.restored(key).items():
            by_step.setdefault(step, {})[f"restored/{key}"] = path
    items[PICTURES] = [_Item(step, pictures=found) for step, found in sorted(by_step.items())]
    return items


def _values(row: Mapping[str, str], prefix: str) -> dict[str, float]:
    """The finite numbers of a row, but for its step; the name of a protocol and the like are no curves."""
    values: dict[str, float] = {}
    for name, text in row.items():
        try:
            value = float(text)
        except ValueError:
            continue
        if name != "iteration" and math.isfinite(value):
            values[f"{prefix}/{name}"] = value
    return values


def _described(folder: Path, run: str) -> TrackedRun:
    facts = read_facts(folder)
    rows = read_rows(folder / "validation.csv")
    settings: dict[str, str | int | float] = {
        "recipe": facts.title,
        "model": facts.model,
        "seed": facts.seed,
        "iterations": facts.iterations,
        "device": facts.device,
        "data": ", ".join(facts.data),
        "folder": str(folder),
    }
    if rows:
        settings["validation_protocol"] = rows[-1]["protocol"]
    return TrackedRun(run, facts.heading, "training", "iteration", settings)
