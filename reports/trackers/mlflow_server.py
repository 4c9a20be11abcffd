"""MLflow: a run of an experiment, on a server or in a folder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from ...bench.errors import MissingDependencyError
from .tracker import PROJECT, TrackedRun

__all__ = ["MLflow"]

ID_TAG = "restorebench.id"
LONGEST_PARAMETER = 500
"""Characters of a parameter that every version of MLflow stores."""


class MLflow:
    """Client of MLflow; the experiment is `restorebench`.

    Args:
        uri: a tracking URI; `""` for MLflow's own choice: `MLFLOW_TRACKING_URI`, or else below the working directory.

    Raises:
        MissingDependencyError: MLflow is not installed.
    """

    def __init__(self, uri: str = "") -> None:
        try:
            library: Any = import_module("mlflow")
            self._metric: Any = import_module("mlflow.entities").Metric
            fault: type[Exception] = import_module("mlflow.exceptions").MlflowException
        except ImportError as error:
            raise MissingDependencyError("--track mlflow", "MLflow", "trackers") from error
        self._uri: str = uri or library.get_tracking_uri()
        self.key = f"mlflow={self._uri}"
        self.failures: tuple[type[Exception], ...] = (fault, OSError)
        self._connect: Any = library.MlflowClient
        self._client: Any = None
        self._run = ""

    def begin(self, run: TrackedRun, *, after: int) -> None:  # noqa: ARG002 -- MLflow keeps what it has
        """Create a run with the settings as parameters, or find the one with the same id."""
        self._client = client = self._connect(tracking_uri=self._uri)
        known = client.get_experiment_by_name(PROJECT)
        experiment: str = client.create_experiment(PROJECT) if known is None else known.experiment_id
        found = client.search_runs([experiment], f"tags.`{ID_TAG}` = '{run.id}'", max_results=1)
        if found:
            self._run = found[0].info.run_id
            client.update_run(self._run, status="RUNNING")
            return
        created = client.create_run(experiment, run_name=run.name, tags={ID_TAG: run.id, "kind": run.kind})
        self._run = created.info.run_id
        for name, value in run.settings.items():
            client.log_param(self._run, name, str(value)[:LONGEST_PARAMETER])

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Add metrics in one request."""
        now = int(time.time() * 1000)
        metrics = [self._metric(name, value, now, step) for name, value in values.items()]
        self._client.log_batch(self._run, metrics=metrics)

    def picture(self, step: int, name: str, path: Path) -> None:
        """Add an image file as an artifact, `NAME/STEP` by its folder."""
        self._client.log_artifact(self._run, str(path), f"{name}/{step:08d}")

    def summarise(self, values: Mapping[str, float]) -> None:
        """Add metrics at step 0 under `summary/`."""
        self.log(0, {f"summary/{name}": value for name, value in values.items()})

    def end(self, *, complete: bool) -> str:
        """Mark the run as finished, or as killed."""
        self._client.set_terminated(self._run, "FINISHED" if complete else "KILLED")
        return f"MLflow, experiment {PROJECT} at {self._uri}"
