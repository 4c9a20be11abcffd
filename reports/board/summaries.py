"""Summaries of runs, checked against their records."""

from __future__ import annotations

import math

from ...bench.runs.run import Run
from ...bench.runs.summary import Summary
from ...bench.statistics.bootstrap import INTERVALS

__all__ = ["current_summary", "fits_records"]


def current_summary(run: Run) -> Summary:
    """Return the stored summary if it matches the records, otherwise a new one; intervals are slow to compute."""
    stored = run.info.summary
    if stored is None or stored.intervals != INTERVALS:
        return run.summary
    return stored if fits_records(run, stored) and _has_possible_intervals(run, stored) else run.summary


def fits_records(run: Run, stored: Summary) -> bool:
    """Whether a stored summary has the counts and the means of the run's records."""
    good = [record for record in run.records if record.status == "ok"]
    counts = (len(run.records), len(run.records) - len(good), run.info.selected)
    if (stored.images, stored.failed, stored.selected) != counts:
        return False
    measured = [record.metrics for record in good]
    for metric, summary in stored.metrics.items():
        values = [value for each in measured if (value := each.get(metric)) is not None]
        mean = math.fsum(values) / len(values) if values else None
        if not _same(mean, summary.mean) or len(values) != summary.n:
            return False
    return set(stored.metrics) == set(run.info.protocol.metrics)


def _has_possible_intervals(run: Run, stored: Summary) -> bool:
    """Whether the stored intervals hold their means and no impossible value, as records of other people may."""
    for name, summary in stored.metrics.items():
        if summary.mean is None or summary.low is None or summary.high is None:
            continue
        lowest, highest = run.metric_facts[name].bounds
        if not min(lowest, summary.mean) <= summary.low <= summary.mean <= summary.high <= max(highest, summary.mean):
            return False
    return True


def _same(mean: float | None, stored: float | None) -> bool:
    if mean is None or stored is None:
        return mean is stored
    return mean == stored or math.isclose(mean, stored, rel_tol=1e-9)
