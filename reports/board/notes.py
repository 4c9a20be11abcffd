"""Footnotes to results: partial data, tiles, failures, and other limits of comparability."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ...bench.files.conversions import LOSSY
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.run import Run
from ...bench.runs.summary import Summary
from .names import normal_name

__all__ = ["Note", "metric_notes", "run_notes", "trained_on"]


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote to a result."""

    text: str
    comparable: bool = False
    """Whether the result remains comparable with complete, official ones."""


def run_notes(run: Run, summary: Summary) -> tuple[Note, ...]:
    """Collect the footnotes to all results of a run."""
    return (
        *_coverage(run, summary),
        *_inference(run),
        *_conversions(run),
        *(Note(warning, comparable=True) for warning in run.info.copy.warnings),
        *_training(run),
    )


def metric_notes(metric: MetricFacts, shown: MetricFacts, summary: Summary) -> tuple[Note, ...]:
    """Collect the footnotes to one metric of a run: infinite and missing values, and code other than its column's.

    Args:
        metric: facts recorded with the run.
        shown: facts shown in the column of the table.
        summary: summary of the run.
    """
    values = summary.metrics[metric.name]
    notes: list[Note] = []
    if not metric.same_measure(shown):
        notes.append(Note(f"{metric.title} computed by other code ({metric.code_sha256[:8]}), not ranked"))
    if values.infinite:
        images = "image is identical to its target" if values.infinite == 1 else "images are identical to their targets"
        notes.append(Note(f"infinite mean: {values.infinite} restored {images}", comparable=True))
    scored = summary.images - summary.failed
    reason = summary.nulls.get(metric.name)
    if values.n < scored and reason:
        covered = f"on {values.n} of {scored} images" if values.n else "missing"
        notes.append(Note(f"{metric.title} {covered}: {reason}"))
    return tuple(notes)


def trained_on(run: Run) -> str:
    """Training data of the weights if they are an official file; otherwise `""`."""
    weights = run.info.weights.sha256
    return next((known.trained_on for known in run.info.model.checkpoints if weights and known.sha256 == weights), "")


def _coverage(run: Run, summary: Summary) -> list[Note]:
    notes: list[Note] = []
    copy = run.info.copy
    if run.info.dataset.demonstration:
        notes.append(Note("demonstration data, not a benchmark"))
    if copy.completeness:
        notes.append(Note(f"partial copy: {copy.completeness} images"))
    if summary.selected < copy.found_pairs:
        notes.append(Note(f"limited to {summary.selected} of {copy.found_pairs} images"))
    if not summary.finished:
        notes.append(Note(f"unfinished: {summary.images} of {summary.selected} images"))
    if summary.failed:
        notes.append(Note(f"{summary.failed} of {summary.images} images failed and are excluded from the mean"))
    return notes


def _inference(run: Run) -> list[Note]:
    notes: list[Note] = []
    plan, card = run.info.plan, run.info.model
    tile = plan.settings.get("tile")
    tiled = sum(1 for record in run.records if record.tile is not None)
    if tile is not None:
        notes.append(Note(f"tiled inference: {tile} pixels, overlap {plan.settings.get('tile_overlap')}"))
    elif tiled:
        notes.append(Note(f"tiled inference on {tiled} of {len(run.records)} images, which did not fit into memory"))
    precision = plan.settings.get("precision", "fp32")
    if precision != "fp32":
        notes.append(Note(f"precision {precision}"))
    if card.quantiser is not None and plan.quantiser != card.quantiser:
        notes.append(Note(f"quantiser {plan.quantiser}; the official one is {card.quantiser}"))
    return notes


def _conversions(run: Run) -> list[Note]:
    """What was changed of images that were restored elsewhere; only losses make them incomparable."""
    counts = Counter(what for record in run.records for what in record.read_as)
    whole = len(run.records)
    return [
        Note(f"restored images read as {what}" + (f": {number} of {whole}" if number < whole else ""), what != LOSSY)
        for what, number in counts.items()
    ]


def _training(run: Run) -> list[Note]:
    data = trained_on(run)
    names = {normal_name(run.info.dataset.name), normal_name(run.info.dataset.title)}
    if not data or any(name in normal_name(data) for name in names):
        return []
    return [Note(f"trained on {data}", comparable=True)]
