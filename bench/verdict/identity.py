"""Whether two runs restored the same pixels, and how far apart they are where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..comparison.pairing import Measured, paired_values, same_content
from ..files.images import FileImage
from ..runs.pictures import picture_path
from .verdict import Gate, Outcome, Reason

__all__ = ["identity_gate"]

LEVEL_SHARE = 0.1
"""Share of values one grey level off, all to the same side, from which on a truncating save explains them."""


def identity_gate(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> Gate:
    """Whether every restored image has the same pixels, by their hashes.

    Args:
        baseline: one side.
        candidate: the other.
        keys: images that both have.
    """
    hashes = {key: (baseline.images[key].restored, candidate.images[key].restored) for key in keys}
    unknown = [key for key, both in hashes.items() if not all(both)]
    differing = [key for key, (one, other) in hashes.items() if not same_content(one, other)]
    if differing:
        outcome, reason = Outcome.FAIL, Reason.OUTPUTS_DIFFER
        said = f"{len(differing)} of {len(keys)} restored images differ, the first is {differing[0]}; "
        said += _how_far(baseline, candidate, differing)
    elif unknown:
        outcome, reason = Outcome.AMBIGUOUS, Reason.OUTPUTS_UNKNOWN
        said = f"{len(unknown)} of {len(keys)} images lack a hash of their pixels on a side, such as {unknown[0]}."
    else:
        outcome, reason = Outcome.PASS, Reason.OUTPUTS_IDENTICAL
        said = f"All {len(keys)} restored images are bit-identical."
    where = baseline.model, candidate.dataset, candidate.protocol
    return Gate(*where, "outputs", outcome, reason, said, images=len(keys))


def _how_far(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> str:
    """The largest difference: in grey levels where both sides kept the picture, else in the metrics."""
    seen = list(_pixel_differences(baseline, candidate, keys))
    if not seen:
        return f"{_metric_difference(baseline, candidate, keys)} (no picture was kept on both sides)."
    worst = max(seen, key=lambda each: max(-each.least, each.most))
    largest = max(-worst.least, worst.most)
    said = f"the largest difference is {largest} grey level{'s' if largest > 1 else ''} in {worst.key}"
    return f"{said} ({len(seen)} pictures were kept on both sides){_explanation(seen)}."


@dataclass(frozen=True, slots=True)
class _PixelDifference:
    """Candidate minus baseline of one restored picture, in grey levels."""

    key: str
    least: int
    most: int
    moved: float
    """Share of values that differ."""


def _pixel_differences(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> Iterator[_PixelDifference]:
    """Of every picture that both sides kept."""
    if baseline.pictures is None or candidate.pictures is None:
        return
    for key in keys:
        paths = picture_path(baseline.pictures, key), picture_path(candidate.pictures, key)
        if not all(path.is_file() for path in paths):
            continue
        before, after = (FileImage(path).read() for path in paths)
        if before.shape == after.shape:
            change = after.astype(np.int16) - before
            yield _PixelDifference(key, int(change.min()), int(change.max()), float((change != 0).mean()))


def _explanation(seen: Sequence[_PixelDifference]) -> str:
    """The name of a known cause of such differences, or `""`."""
    least, most = min(each.least for each in seen), max(each.most for each in seen)
    if sum(each.moved for each in seen) / len(seen) < LEVEL_SHARE:
        return ""
    if (least, most) == (-1, 0):
        return ", always one darker in the candidate: it truncates where the baseline rounds"
    if (least, most) == (0, 1):
        return ", always one brighter in the candidate: it rounds where the baseline truncates"
    return ""


def _metric_difference(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> str:
    for metric in candidate.metrics:
        pairs = paired_values(baseline, candidate, keys, metric)
        if len(pairs.keys):
            worst = int(np.abs(pairs.differences).argmax())
            facts = candidate.facts(metric)
            moved = f"{pairs.differences[worst]:+.{facts.stored}f} {facts.unit}".rstrip()  # a pixel may move it little
            return f"the largest difference is {moved} {facts.title} in {pairs.keys[worst]}"
    return "no metric is known on both sides"
