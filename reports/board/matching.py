"""Matching of published results to measured ones, and checks of their comparability."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ...bench.contracts import ModelCard
from ...bench.metrics.metric import MetricFacts
from ...bench.protocols.protocol import measures_alike
from ...bench.runs.run import Run
from .names import normal_name
from .notes import trained_on
from .published import PublishedNumber, load_published

__all__ = ["Agreement", "PublishedMatch", "match_published"]

Agreement = Literal["agrees", "close", "differs", "not comparable"]
"""Equal as printed; off by one unit of the last printed digit; off by more; obtained under different conditions."""


@dataclass(frozen=True, slots=True)
class PublishedMatch:
    """A published result matched to a measured one."""

    number: PublishedNumber
    reasons: tuple[str, ...]
    """Reasons against comparing the two; empty if they are comparable."""

    doubts: tuple[str, ...]
    """Unverifiable conditions of an otherwise valid comparison."""

    difference: float | None
    """Measured minus published; `None` if either is missing or they are not comparable."""

    agreement: Agreement


def match_published(run: Run, metric: MetricFacts, mean: float | None, *, comparable: bool) -> PublishedMatch | None:
    """Find the published result of this model on this data set, preferably with the same protocol.

    Args:
        run: the measured run.
        metric: metric of the run; one computed by a user's own code has no published numbers.
        mean: measured mean of the metric.
        comparable: whether the run itself is complete and follows the official settings.
    """
    found = [(number, _reasons(run, number)) for number in _candidates(run, metric.name)]
    if not found or metric.code_sha256:
        return None
    number, reasons = min(found, key=lambda pair: len(pair[1]))
    doubts = _doubts(run)
    if reasons or not comparable or mean is None or math.isinf(mean):
        return PublishedMatch(number, reasons, doubts, None, "not comparable")
    return PublishedMatch(number, (), doubts, mean - number.value, _agreement(mean - number.value, metric))


def _agreement(difference: float, metric: MetricFacts) -> Agreement:
    # In units of the last digit usually printed for this metric, regardless of this source's precision.
    units = abs(difference) * 10.0**metric.digits - 1e-9
    return "agrees" if units <= 0.5 else "close" if units <= 1.5 else "differs"  # noqa: PLR2004 -- halves of a unit


def _candidates(run: Run, metric: str) -> list[PublishedNumber]:
    card, dataset = run.info.model, run.info.dataset
    # Papers use a card's title; the name replaces a missing title.
    names = {normal_name(card.title or card.name)}
    datasets = {normal_name(dataset.title), normal_name(dataset.name)}
    wanted = normal_name(metric)
    shipped = [number for key in datasets for number in _by_place().get((key, wanted), [])]
    found = [number for number in shipped if normal_name(number.model) in names]
    printed = {(number.value, number.protocol) for number in found}
    own = (
        number
        for number in _from_card(card)
        if normal_name(number.dataset) in datasets and normal_name(number.metric) == wanted
    )
    return [*found, *(number for number in own if (number.value, number.protocol) not in printed)]


@cache
def _by_place() -> dict[tuple[str, str], list[PublishedNumber]]:
    index: dict[tuple[str, str], list[PublishedNumber]] = {}
    for number in load_published():
        index.setdefault((normal_name(number.dataset), normal_name(number.metric)), []).append(number)
    return index


def _from_card(card: ModelCard) -> Iterable[PublishedNumber]:
    for row in card.published:
        yield PublishedNumber(
            row.dataset, card.title, row.metric, f"{row.value:.12g}", row.protocol, card.variant, "", "", row.source
        )


def _reasons(run: Run, number: PublishedNumber) -> tuple[str, ...]:
    return tuple(filter(None, (_protocol(run, number), _training(run, number), _inference(run, number))))


def _protocol(run: Run, number: PublishedNumber) -> str:
    if number.protocol and measures_alike(number.protocol, run.protocol, number.metric.lower()):
        return ""
    return f"published with {number.protocol or number.protocol_text or 'an unstated protocol'}"


def _training(run: Run, number: PublishedNumber) -> str:
    measured = trained_on(run)
    if _from_elsewhere(run) or (not measured and _unverifiable(run)):
        return ""
    if not measured:
        return "these weights are not a known official file"
    if number.trained_on and normal_name(number.trained_on) not in normal_name(measured):
        return f"published for training on {number.trained_on}, these weights were trained on {measured}"
    return ""


def _inference(run: Run, number: PublishedNumber) -> str:
    if "[" in run.model:
        return f"measured with options: {run.model}"
    variant = run.info.model.variant
    if _from_elsewhere(run):
        return ""
    if number.inference and number.inference != variant:
        return f"published with {number.inference}, measured on the {variant}"
    if not number.inference and variant not in ("", "full image"):
        return f"measured with {variant}, which the source does not mention"
    return ""


def _doubts(run: Run) -> tuple[str, ...]:
    if _from_elsewhere(run):
        return ("restored elsewhere: weights and inference unknown",)
    if not trained_on(run) and _unverifiable(run):
        return ("weights not recognised: sha256 of the official file unknown",)
    return ()


def _from_elsewhere(run: Run) -> bool:
    """Whether the images were restored by another program, or by a method without weights."""
    return not run.info.model.needs_weights and not run.info.weights.sha256


def _unverifiable(run: Run) -> bool:
    """Whether the weights may be an official file with an unknown hash."""
    known = run.info.model.checkpoints
    return bool(known) and not all(checkpoint.sha256 for checkpoint in known)
