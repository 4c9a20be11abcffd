"""Weights & Biases: a run of a project, online or, with `WANDB_MODE=offline`, in a folder to sync later."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ...bench.errors import MissingDependencyError
from ...bench.terminal.paths import shown_path, typed_command
from .tracker import PROJECT, TrackedRun

__all__ = ["WeightsAndBiases"]


class WeightsAndBiases:
    """Client of Weights & Biases.

    Args:
        place: `PROJECT` or `ENTITY/PROJECT`; `""` for `WANDB_PROJECT`, or else the project `restorebench`.

    Raises:
        MissingDependencyError: the library is not installed.
    """

    def __init__(self, place: str = "") -> None:
        try:
            library: Any = import_module("wandb")
        except ImportError as error:
            raise MissingDependencyError("--track wandb", "the library of Weights & Biases", "trackers") from error
        self.key = f"wandb={place}" if place else "wandb"
        self.failures: tuple[type[Exception], ...] = (library.Error, OSError)
        self._entity, _, self._project = place.rpartition("/")
        self._library = library
        self._run: Any = None
        self._steps = ""

    def begin(self, run: TrackedRun, *, after: int) -> None:  # noqa: ARG002 -- Weights & Biases keeps what it has
        """Start or resume the run, with the settings as its configuration."""
        library = self._library
        default = library.setup().settings.project or PROJECT  # WANDB_PROJECT, where it is set
        self._run = library.init(
            entity=self._entity or None,
            project=self._project or default,
            id=run.id,
            name=run.name,
            job_type=run.kind,
            config=dict(run.settings),
            resume="allow",
            reinit="finish_previous",
            settings=library.Settings(console="off", silent=True),  # standard output belongs to --json
        )
        self._steps = run.steps
        self._run.define_metric(run.steps)
        self._run.define_metric("*", step_metric=run.steps)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Add a row; its step is a column of its own, for the library's steps cannot go back."""
        self._run.log({self._steps: step, **values})

    def picture(self, step: int, name: str, path: Path) -> None:
        """Add an image."""
        self._run.log({self._steps: step, name: self._library.Image(str(path))})

    def summarise(self, values: Mapping[str, float]) -> None:
        """Set the values of the run's summary, which tables of runs show."""
        self._run.summary.update(dict(values))

    def end(self, *, complete: bool) -> str:
        """Finish the run, with exit code 1 if it is not complete."""
        # Offline, the library warns whoever asks for an address, and an interrupted run goes on in a folder of its own.
        where = _upload(Path(self._run.dir).parent) if self._run.offline else str(self._run.url)
        self._run.finish(exit_code=0 if complete else 1)
        return where


def _upload(folder: Path) -> str:
    """The command that uploads an offline run, the parts before its interruptions included."""
    parts = sorted(folder.parent.glob(f"offline-run-*-{folder.name.rpartition('-')[2]}"))
    return typed_command(["wandb", "sync", *(shown_path(part) for part in parts)])
