"""Published numbers that a run does not give, and why: from what run folders keep, without an image."""

from __future__ import annotations

from collections.abc import Mapping

from ...bench.explanation.claims import SEARCHED, Claim
from ...bench.explanation.explain import explain_stored
from ...bench.explanation.material import kept_images
from ...bench.explanation.measurements import WAYS_FILE
from ...bench.explanation.wording import describe
from ...bench.runs.run import Run
from .board import Entry, Value, build_board

__all__ = ["explain_entry", "published_claims"]


def published_claims(run: Run) -> list[tuple[Claim, ...]]:
    """The published numbers of a run's model that differ from its own as printed; those of one source together."""
    board = build_board([run])
    return [claims for row in board.rows for entry in row.entries.values() for claims in _claims(entry).values()]


def explain_entry(entry: Entry) -> Mapping[str, str]:
    """Metric to a text that explains why the published number is not the measured one; only where they disagree."""
    texts: dict[str, str] = {}
    for metrics, claims in _claims(entry).items():
        explanation = explain_stored(entry.run, claims)
        text = describe(explanation)
        if explanation.verdict != "explained" and not (entry.run.path / WAYS_FILE).is_file():
            text = f"{text} Only the records were searched: {_next_step(entry.run)}"
        texts |= dict.fromkeys(metrics, text)
    return texts


def _next_step(run: Run) -> str:
    if kept_images(run):
        return "`restorebench explain RUN` measures the kept images in every way."
    return "run with --save-images all, and `restorebench explain RUN` measures the images in every way."


def _claims(entry: Entry) -> dict[tuple[str, ...], tuple[Claim, ...]]:
    """Metrics that disagree to the claims of their source, which include those of its numbers that agree."""
    by_source: dict[tuple[str, str], dict[str, Value]] = {}
    for metric, value in entry.values.items():
        if value.published is not None and value.summary.mean is not None and metric in SEARCHED:
            number = value.published.number
            by_source.setdefault((number.source, number.protocol), {})[metric] = value
    found: dict[tuple[str, ...], tuple[Claim, ...]] = {}
    for values in by_source.values():
        if disputed := tuple(metric for metric, value in values.items() if _disputed(entry, value)):
            found[disputed] = tuple(_claim(metric, value) for metric, value in values.items())
    return found


def _disputed(entry: Entry, value: Value) -> bool:
    """Whether the two differ, and nothing but the way of measuring is known to: not partial data, not other weights."""
    match = value.published
    if match is None or value.summary.mean is None or not all(note.comparable for note in (*entry.notes, *value.notes)):
        return False
    if match.difference is not None:
        return match.agreement in ("close", "differs")
    return bool(match.reasons) and all(reason.startswith("published with ") for reason in match.reasons)


def _claim(metric: str, value: Value) -> Claim:
    match = value.published
    text = "" if match is None else match.number.text
    return Claim(metric, text, max(len(text.partition(".")[2]), value.metric.digits))
