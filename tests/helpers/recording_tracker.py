"""A tracker that remembers what it was given, and fails when it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from restorebench.reports.trackers.tracker import TrackedRun

__all__ = ["LostConnectionError", "RecordingTracker"]


class LostConnectionError(Exception):
    """What the tracker raises where it is told to fail."""


@dataclass
class RecordingTracker:
    key: str = "recording"
    failures: tuple[type[Exception], ...] = (LostConnectionError,)
    takes: int = 1_000_000
    """Rows that it takes before the connection is lost."""

    begun: list[tuple[TrackedRun, int]] = field(default_factory=list[tuple[TrackedRun, int]])
    rows: list[tuple[int, dict[str, float]]] = field(default_factory=list[tuple[int, dict[str, float]]])
    pictures: list[tuple[int, str, Path]] = field(default_factory=list[tuple[int, str, Path]])
    summaries: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    ended: list[bool] = field(default_factory=list[bool])

    def begin(self, run: TrackedRun, *, after: int) -> None:
        self.begun.append((run, after))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        if len(self.rows) >= self.takes:
            raise LostConnectionError("no route to host")
        self.rows.append((step, dict(values)))

    def picture(self, step: int, name: str, path: Path) -> None:
        self.pictures.append((step, name, path))

    def summarise(self, values: Mapping[str, float]) -> None:
        self.summaries.append(dict(values))

    def end(self, *, complete: bool) -> str:
        self.ended.append(complete)
        return "here"
