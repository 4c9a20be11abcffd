"""Summaries of runs, checked against their records."""

from __future__ import annotations

import math

from ...bench.runs.run import Run
from ...bench.runs.summary import Summary

__all__ = ["current_summary"]


def current_summary(run: Run) -> Summary:
    """Return the stored summary if it matches the records, otherwise a new one; intervals are slow to compute."""
    stored = run.info.summary
    good = [record for record in run.records if record.status == "ok"]
    counts = (len(run.records), len(run.records) - len(good), run.info.selected)
    if stored is None or (stored.images, stored.failed, stored.selected) != counts:
        return run.summary
    for metric, summary in stored.metrics.items():
        values = [value for record in good if (value := record.metrics.get(metric)) is not None]
        mean = math.fsum(values) / len(values) if values else None
        if not _same(mean, summary.mean) or len(values) != summary.n:
            return run.summary
    return stored if set(stored.metrics) == set(run.info.protocol.metrics) else run.summary


def _same(mean: float | None, stored: float | None) -> bool:
    if mean is None or stored is None:
        return mean is stored
    return mean == stored or math.isclose(mean, stored, rel_tol=1e-9)
