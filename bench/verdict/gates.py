"""Gates for metrics and for failed images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..comparison.metric_comparison import MetricComparison
from ..comparison.pairing import Measured
from ..metrics.digits import beside_limit
from ..statistics.bootstrap import FEWEST_DECIDING, LEVEL, Interval, few_groups_factor
from ..statistics.significance import images_needed
from ..terminal.wording import counted
from .verdict import Gate, Outcome, Reason

__all__ = ["failure_gate", "metric_gate"]


def metric_gate(
    baseline: Measured, candidate: Measured, found: MetricComparison, tolerance: float, level: float = LEVEL
) -> Gate:
    """Check whether the mean of a metric dropped by more than the tolerance: a non-inferiority test.

    Args:
        baseline: the first side of `found`.
        candidate: the second side of `found`.
        found: the comparison of the metric.
        tolerance: allowed drop, in the metric's unit.
        level: confidence level of the deciding interval.
    """
    facts = found.facts
    drop = None if found.difference is None else -facts.sign * found.difference + 0.0
    blank = Gate(
        model=baseline.model,
        dataset=candidate.dataset,
        protocol=candidate.protocol,
        subject=found.metric,
        outcome=Outcome.AMBIGUOUS,
        reason=Reason.METRIC_MISSING,
        sentence="",
        baseline=found.first,
        candidate=found.second,
        drop=drop,
        tolerance=tolerance,
        images=found.n,
        groups=found.groups,
        metric=facts,
    )
    lost = _lost(baseline, candidate, found.metric)
    if lost:
        problem = f"the candidate lacks values that the baseline has on {counted(len(lost), 'image')}"
        return replace(blank, sentence=f"{facts.title}: {problem}; the first is {lost[0]}.")
    interval = found.estimate.interval(level) if found.estimate else None
    if interval is not None and facts.higher_is_better:
        interval = -interval[1] + 0.0, -interval[0] + 0.0
    return _decide(blank, found, interval, level)


def _lost(baseline: Measured, candidate: Measured, metric: str) -> list[str]:
    """Images that the candidate restored but has no value for, although the baseline does."""
    return [
        key
        for key, image in candidate.images.items()
        if image.failure is None
        and image.metrics.get(metric) is None
        and key in baseline.images
        and baseline.images[key].metrics.get(metric) is not None
    ]


def _decide(blank: Gate, found: MetricComparison, interval: Interval | None, level: float) -> Gate:
    """Fill in outcome, reason, sentence and arithmetic."""
    low, high = interval or (None, None)
    outcome, reason = _answer(found, interval, blank.tolerance or 0.0)
    gate = replace(blank, outcome=outcome, reason=reason, low=low, high=high)
    return replace(gate, sentence=_sentence(gate, found, level), arithmetic=_arithmetic(gate, found, level))


def _answer(found: MetricComparison, interval: Interval | None, tolerance: float) -> tuple[Outcome, Reason]:
    if found.ties == found.n:
        return Outcome.PASS, Reason.NO_CHANGE
    decides = found.effective_n >= FEWEST_DECIDING
    if decides and interval is not None and interval[0] > tolerance:
        return Outcome.FAIL, Reason.DROP_EXCEEDS_TOLERANCE
    if found.was_infinite or found.estimate is None:
        return Outcome.AMBIGUOUS, Reason.INFINITE_VALUES
    if not decides or interval is None:
        return Outcome.AMBIGUOUS, Reason.TOO_FEW_GROUPS
    if interval[1] <= tolerance:
        return Outcome.PASS, Reason.IMPROVED if interval[1] < 0 else Reason.WITHIN_TOLERANCE
    return Outcome.AMBIGUOUS, Reason.INTERVAL_HOLDS_TOLERANCE


def _sentence(gate: Gate, found: MetricComparison, level: float) -> str:
    name, unit, digits = _style(found)
    if gate.reason is Reason.NO_CHANGE:
        return f"{name} is unchanged on every image ({counted(gate.images, 'image')})."
    if gate.reason is Reason.INFINITE_VALUES:
        images = counted(found.was_infinite, "image")
        return f"{name}: {images} no longer identical to the target, so the mean drop is infinite."
    moved = f"{name} is {'worse' if (gate.drop or 0) > 0 else 'better'} by {abs(gate.drop or 0):.{digits}f}{unit}"
    if gate.reason is Reason.TOO_FEW_GROUPS:
        effective = f"{found.effective_n:.1f}".removesuffix(".0")
        weight = f"{counted(gate.groups, 'independent group')} of images, equivalent to {effective} equally large ones"
        remedy = f"evaluate on images of at least {FEWEST_DECIDING:g} scenes or sequences"
        return f"{moved}, but {weight}, decide nothing: {remedy}."
    bounds = f"{100 * level:g} % interval of the drop {gate.low:+.{digits}f} to {gate.high:+.{digits}f}"
    return f"{moved} ({bounds}); allowed drop {gate.tolerance:g}{unit}."


def _style(found: MetricComparison) -> tuple[str, str, int]:
    facts = found.facts
    return facts.title, f" {facts.unit}" if facts.unit else "", facts.finer


def _arithmetic(gate: Gate, found: MetricComparison, level: float) -> tuple[str, ...]:
    """Every step from the images to the outcome, with all numbers."""
    estimate = found.estimate
    if estimate is None or gate.low is None or gate.high is None:
        return ()
    name, unit, digits = _style(found)
    tolerance, drop = gate.tolerance or 0.0, gate.drop or 0.0
    low, high, mean = (beside_limit(end, tolerance, digits, signed=True) for end in (gate.low, gate.high, drop))
    groups = f"{estimate.groups} independent groups, equivalent to {estimate.effective_groups:.1f} equally large ones"
    error = f"standard error {estimate.standard_error:.{found.facts.stored}f}{unit}"
    bca = f"BCa with bias {estimate.bias:+.3f} and acceleration {estimate.acceleration:+.4f}"
    interval = f"{gate.low:+.{digits}f} to {gate.high:+.{digits}f}{unit}"
    lines = [
        f"{name}: mean drop {mean}{unit} over {counted(estimate.n, 'image pair')}; positive is worse",
        f"{groups}; {error}",
        f"{len(estimate.resampled):,} resamples of groups; {bca}, joined with Student's t and Hall's",
        f"distances from the mean widened by {few_groups_factor(estimate.effective_groups):.3f} for few groups",
        f"{100 * level:g} % interval {interval}",
        f"fails if {low} > {tolerance:g}, passes if {high} <= {tolerance:g}",
    ]
    if gate.reason is Reason.INTERVAL_HOLDS_TOLERANCE and drop != tolerance:
        needed = images_needed(estimate, abs(drop - tolerance), level=level)
        lines.append(f"if {mean} is the true drop, {needed:,} similar images would decide with 80 % power")
    return tuple(lines)


def failure_gate(baseline: Measured, candidate: Measured, keys: Sequence[str]) -> Gate | None:
    """Return a failed gate if the candidate failed on images that the baseline restored; otherwise `None`."""
    lost = [key for key in keys if candidate.images[key].failure and not baseline.images[key].failure]
    if not lost:
        return None
    reason = candidate.images[lost[0]].failure
    return Gate(
        model=baseline.model,
        dataset=candidate.dataset,
        protocol=candidate.protocol,
        subject="images",
        outcome=Outcome.FAIL,
        reason=Reason.IMAGES_FAILED,
        sentence=f"{counted(len(lost), 'image')} failed that the baseline restored; the first is {lost[0]}: {reason}",
        images=len(keys),
    )
