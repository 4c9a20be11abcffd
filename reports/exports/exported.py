"""What may leave: finished runs, one of each model, data set and protocol, and their finite means with all caveats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...bench.errors import RunFolderError, UsageError
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.run import Run
from ...bench.runs.summary import MetricSummary, Summary
from ..board.notes import metric_notes, run_notes
from ..board.summaries import current_summary
from ..submission import completeness_problems

__all__ = ["Exported", "ExportedValue", "exported_runs"]


@dataclass(frozen=True, slots=True)
class ExportedValue:
    """One metric of a run, with a finite mean."""

    facts: MetricFacts
    mean: float
    summary: MetricSummary
    caveats: tuple[str, ...]
    """What limits the comparison with other results of the metric, one phrase each."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A run with everything that its reader must know."""

    run: Run
    summary: Summary
    values: tuple[ExportedValue, ...]
    left_out: tuple[str, ...]
    """A sentence for each metric without a finite mean."""

    @property
    def images(self) -> int:
        """Number of images behind the means."""
        return self.summary.images - self.summary.failed

    @property
    def dataset_title(self) -> str:
        """Title of the data set, with its variant and with how much of it was measured if not all."""
        info = self.run.info
        title = info.dataset.title or info.dataset.name
        variant = f" ({info.copy.variant})" if info.copy.variant else ""
        expected = max(info.copy.found_pairs, info.copy.expected_pairs or 0)
        part = f", {self.images} of {expected} images" if self.images < expected else ""
        return f"{title}{variant}{part}"


def exported_runs(runs: Sequence[Run]) -> list[Exported]:
    """Collect what may be exported of runs.

    Args:
        runs: by each of their protocols.

    Raises:
        RunFolderError: a run is unfinished or has failed images, so its means are not those of the data set.
        UsageError: two runs have the same model, data set and protocol.
    """
    seen: dict[tuple[str, str, str], Run] = {}
    for run in runs:
        if problems := completeness_problems(run):
            raise RunFolderError(f"{run.path} cannot be exported: {' '.join(problems)}")
        same = seen.setdefault((run.model, run.dataset, run.protocol), run)
        if same is not run:
            raise UsageError(
                f"{same.path} and {run.path} are both runs of {run.model} on {run.dataset} by {run.protocol}: give one "
                "of them."
            )
    return [_exported(run) for run in runs]


def _exported(run: Run) -> Exported:
    summary = current_summary(run)
    notes = tuple(note.text for note in run_notes(run, summary))
    values: list[ExportedValue] = []
    left_out: list[str] = []
    for name, facts in run.metric_facts.items():
        measured = summary.metrics[name]
        mean = measured.mean
        if mean is None or math.isinf(mean):
            why = summary.nulls.get(name, "it has no value") if mean is None else "its mean is infinite"
            left_out.append(f"{run.model} on {run.dataset}: {facts.title} is left out: {why.rstrip('.')}.")
            continue
        own = tuple(note.text for note in metric_notes(facts, facts, summary))
        values.append(ExportedValue(facts, mean, measured, (*notes, *own)))
    return Exported(run, summary, tuple(values), tuple(left_out))
