"""The protocol of experiment trackers, which adapters and users' own trackers implement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

__all__ = ["PROJECT", "TrackedRun", "Tracker"]

PROJECT = "restorebench"
"""Project or experiment that runs join where none is named."""


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """An evaluation or a training, as a tracker files it."""

    id: str
    """16 hexadecimal digits. A tracker that is given a known one continues that run."""

    name: str
    """Title for people: `prenet on rain100h, rain100h@1`."""

    kind: str
    """`evaluation` or `training`."""

    steps: str
    """Meaning of a step: `image` (position in the data set, from 0) or `iteration`."""

    settings: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])
    """How the numbers were made."""


class Tracker(Protocol):
    """Receiver of finished numbers and pictures, one run after the other."""

    @property
    def key(self) -> str:
        """The tracker and its place, `mlflow=http://localhost:5000`: what is sent is noted under it."""
        ...

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """Exceptions by which the tracker says that it takes nothing more, such as those of a lost connection."""
        ...

    def begin(self, run: TrackedRun, *, after: int) -> None:
        """Open a run.

        Args:
            run: a new one, or one that is to go on.
            after: the last step that it has; -1 for none.
        """
        ...

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Add finite values at a step of the open run."""
        ...

    def picture(self, step: int, name: str, path: Path) -> None:
        """Add an 8-bit RGB image file at a step of the open run."""
        ...

    def summarise(self, values: Mapping[str, float]) -> None:
        """Set the final finite values of the open run, such as means over a data set."""
        ...

    def end(self, *, complete: bool) -> str:
        """Close the open run, whether or not it is complete, and return where to look at it."""
        ...
