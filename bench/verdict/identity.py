"""The gate for identical outputs, with the size of any differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..comparison.pairing import Measured, paired_values, same_content
from ..files.images import FileImage
from ..metrics.digits import beside_limit
from ..runs.pictures import existing_picture
from .verdict import Gate, Outcome, Reason

__all__ = ["identity_gate"]

LEVEL_SHARE = 0.1
"""Minimum share of values off by one grey level in the same direction that is attributed to truncation."""


def identity_gate(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> Gate:
    """Check by hashes whether all restored images have identical pixels.

    Args:
        baseline: one side.
        candidate: the other side.
        keys: images that both sides have.
    """
    hashes = {key: (baseline.images[key].restored, candidate.images[key].restored) for key in keys}
    unknown = [key for key, both in hashes.items() if not all(both)]
    differing = [key for key, (one, other) in hashes.items() if not same_content(one, other)]
    if differing:
        outcome, reason = Outcome.FAIL, Reason.OUTPUTS_DIFFER
        sentence = f"{len(differing)} of {len(keys)} restored images differ, the first is {differing[0]}; "
        sentence += _largest_difference(baseline, candidate, differing)
    elif unknown:
        outcome, reason = Outcome.AMBIGUOUS, Reason.OUTPUTS_UNKNOWN
        sentence = f"{len(unknown)} of {len(keys)} images have no pixel hash on one side, such as {unknown[0]}."
    else:
        outcome, reason = Outcome.PASS, Reason.OUTPUTS_IDENTICAL
        sentence = f"All {len(keys)} restored images are bit-identical."
    where = baseline.model, candidate.dataset, candidate.protocol
    return Gate(*where, "outputs", outcome, reason, sentence, images=len(keys))


def _largest_difference(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> str:
    """Describe the largest difference: in grey levels if both sides kept the picture, otherwise in a metric."""
    seen = list(_pixel_differences(baseline, candidate, keys))
    if not seen:
        return f"{_metric_difference(baseline, candidate, keys)} (no picture kept on both sides)."
    worst = max(seen, key=lambda each: max(-each.least, each.most))
    largest = max(-worst.least, worst.most)
    sentence = f"the largest difference is {largest} grey level{'s' if largest > 1 else ''} in {worst.key}"
    return f"{sentence} ({len(seen)} pictures kept on both sides){_explanation(seen)}."


@dataclass(frozen=True, slots=True)
class _PixelDifference:
    """Candidate minus baseline of one restored picture, in grey levels."""

    key: str
    least: int
    most: int
    moved: float
    """Share of values that differ."""


def _pixel_differences(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> Iterator[_PixelDifference]:
    """Compute the difference of every picture kept on both sides."""
    if baseline.pictures is None or candidate.pictures is None:
        return
    for key in keys:
        paths = existing_picture(baseline.pictures, key), existing_picture(candidate.pictures, key)
        if paths[0] is None or paths[1] is None:
            continue
        before, after = FileImage(paths[0]).read(), FileImage(paths[1]).read()
        if before.shape == after.shape:
            change = after.astype(np.int16) - before
            yield _PixelDifference(key, int(change.min()), int(change.max()), float((change != 0).mean()))


def _explanation(seen: Sequence[_PixelDifference]) -> str:
    """Name a known cause of such differences, or return `""`."""
    least, most = min(each.least for each in seen), max(each.most for each in seen)
    if sum(each.moved for each in seen) / len(seen) < LEVEL_SHARE:
        return ""
    if (least, most) == (-1, 0):
        return ", always one level darker in the candidate: it truncates where the baseline rounds"
    if (least, most) == (0, 1):
        return ", always one level brighter in the candidate: it rounds where the baseline truncates"
    return ""


def _metric_difference(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> str:
    for metric in candidate.metrics:
        pairs = paired_values(baseline, candidate, keys, metric)
        if len(pairs.keys):
            worst = int(np.abs(pairs.differences).argmax())
            facts = candidate.facts(metric)
            moved = beside_limit(float(pairs.differences[worst]), 0.0, facts.finer, signed=True)
            unit = f" {facts.unit}" if facts.unit else ""
            return f"the largest difference is {moved}{unit} {facts.title} in {pairs.keys[worst]}"
    return "no metric has values on both sides"
