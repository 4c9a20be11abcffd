"""What a check answers: pass, fail or ambiguous, each with a reason code and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ..metrics.metric import MetricFacts

__all__ = ["EXIT_CODES", "AmbiguousPolicy", "Gate", "Outcome", "Reason", "Verdict"]


class Outcome(StrEnum):
    """The three answers."""

    PASS = "pass"  # noqa: S105 -- not a password
    FAIL = "fail"
    AMBIGUOUS = "ambiguous"


class Reason(StrEnum):
    """Why a gate answers as it does; stable words for programs."""

    NO_CHANGE = "no-change"
    """Pass: every image has the same value on both sides."""

    WITHIN_TOLERANCE = "within-tolerance"
    """Pass: the interval of the mean drop ends at or below the tolerance."""

    IMPROVED = "improved"
    """Pass: the whole interval of the mean drop is below zero."""

    DROP_EXCEEDS_TOLERANCE = "drop-exceeds-tolerance"
    """Fail: the interval of the mean drop begins above the tolerance."""

    INTERVAL_HOLDS_TOLERANCE = "interval-holds-tolerance"
    """Ambiguous: the interval of the mean drop has the tolerance inside."""

    TOO_FEW_GROUPS = "too-few-groups"
    """Ambiguous: a single independent group of images, which has no interval."""

    INFINITE_VALUES = "infinite-values"
    """Ambiguous: images that equalled their target no longer do, so that the mean drop is infinite."""

    METRIC_MISSING = "metric-missing"
    """Ambiguous: the candidate lacks values that the baseline has."""

    IMAGES_FAILED = "images-failed"
    """Fail: the candidate failed on images that the baseline restored."""

    OUTPUTS_IDENTICAL = "outputs-identical"
    """Pass: every restored image has the same pixels."""

    OUTPUTS_DIFFER = "outputs-differ"
    """Fail: restored images have other pixels, and identical ones were asked for."""

    OUTPUTS_UNKNOWN = "outputs-unknown"
    """Ambiguous: a side has no hashes of its restored images."""

    COST_EQUAL = "cost-equal"
    """Pass: the same count."""

    COST_DECREASED = "cost-decreased"
    """Pass: a smaller count."""

    COST_WITHIN_TOLERANCE = "cost-within-tolerance"
    """Pass: memory or time that did not grow by more than is allowed."""

    COST_INCREASED = "cost-increased"
    """Fail: a larger count, or memory or time that grew by more than is allowed."""

    COST_UNDECIDED = "cost-undecided"
    """Ambiguous: the interval of the slowdown holds what is allowed, or the times are in doubt."""


AmbiguousPolicy = Literal["fail", "pass"]
"""What an undecided check counts as, where somebody has decided that."""

EXIT_CODES: Mapping[Outcome, int] = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.AMBIGUOUS: 3}


@dataclass(frozen=True, slots=True)
class Gate:
    """One question and its answer."""

    model: str
    """As the baseline calls it."""

    dataset: str
    protocol: str
    subject: str
    """A metric's name, `outputs`, `images`, `parameters`, or `macs`, `memory` or `latency` and at what."""

    outcome: Outcome
    reason: Reason
    sentence: str
    baseline: float | None = None
    """Mean of a metric, a count, bytes or milliseconds."""

    candidate: float | None = None
    drop: float | None = None
    """Mean drop of a metric; positive is worse, whatever the metric's direction."""

    low: float | None = None
    """Lower end of the interval of the drop."""

    high: float | None = None
    tolerance: float | None = None
    images: int = 0
    groups: int = 0
    metric: MetricFacts | None = None
    """Of the metric, for a gate of one."""

    arithmetic: tuple[str, ...] = ()
    """How the answer came about, line by line."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All gates of a candidate against its baseline."""

    candidate: str
    baseline: str
    gates: tuple[Gate, ...]
    notes: tuple[str, ...] = ()
    """What qualifies the answers, one sentence each."""

    level: float = 0.95
    """Of the intervals; a gate whose true drop is the tolerance fails with probability (1 - level) / 2."""

    @property
    def outcome(self) -> Outcome:
        """The worst answer: fail before ambiguous before pass."""
        answers = {gate.outcome for gate in self.gates}
        worst = (outcome for outcome in (Outcome.FAIL, Outcome.AMBIGUOUS) if outcome in answers)
        return next(worst, Outcome.PASS)

    @property
    def deciding(self) -> tuple[Gate, ...]:
        """The gates that the outcome comes from."""
        return tuple(gate for gate in self.gates if gate.outcome is self.outcome)

    def exit_code(self, ambiguous: AmbiguousPolicy | None = None) -> int:
        """0 for pass, 1 for fail, 3 for ambiguous, or what `ambiguous` makes of it."""
        return EXIT_CODES[self.settled(ambiguous)]

    def settled(self, ambiguous: AmbiguousPolicy | None = None) -> Outcome:
        """The outcome with a decision about undecided checks applied."""
        if self.outcome is Outcome.AMBIGUOUS and ambiguous is not None:
            return Outcome(ambiguous)
        return self.outcome
