"""Verdicts: pass, fail or ambiguous, each with a reason code and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from ..metrics.metric import MetricFacts
from ..terminal.panels import Panel, Shown, count

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXIT_CODES", "AmbiguousPolicy", "Gate", "Outcome", "Reason", "Verdict"]


class Outcome(StrEnum):
    """Outcome of a gate or of a check."""

    PASS = "pass"  # noqa: S105 -- not a password
    FAIL = "fail"
    AMBIGUOUS = "ambiguous"


class Reason(StrEnum):
    """Reason codes of gates; stable for use in programs."""

    NO_CHANGE = "no-change"
    """Pass: every image has the same value on both sides."""

    WITHIN_TOLERANCE = "within-tolerance"
    """Pass: the interval of the mean drop ends at or below the tolerance."""

    IMPROVED = "improved"
    """Pass: the whole interval of the mean drop is below zero."""

    DROP_EXCEEDS_TOLERANCE = "drop-exceeds-tolerance"
    """Fail: the interval of the mean drop lies above the tolerance."""

    INTERVAL_HOLDS_TOLERANCE = "interval-holds-tolerance"
    """Ambiguous: the interval of the mean drop contains the tolerance."""

    TOO_FEW_GROUPS = "too-few-groups"
    """Ambiguous: fewer independent groups of images than a gate needs, which is five equally large ones."""

    INFINITE_VALUES = "infinite-values"
    """Ambiguous: images that equalled their target no longer do, which makes the mean drop infinite."""

    METRIC_MISSING = "metric-missing"
    """Ambiguous: the candidate lacks values that the baseline has."""

    IMAGES_FAILED = "images-failed"
    """Fail: the candidate failed on images that the baseline restored."""

    OUTPUTS_IDENTICAL = "outputs-identical"
    """Pass: all restored images have identical pixels."""

    OUTPUTS_DIFFER = "outputs-differ"
    """Fail: restored images differ although identical ones are required."""

    OUTPUTS_UNKNOWN = "outputs-unknown"
    """Ambiguous: one side has no hashes of its restored images."""

    COST_EQUAL = "cost-equal"
    """Pass: the count is equal."""

    COST_DECREASED = "cost-decreased"
    """Pass: the count is smaller."""

    COST_WITHIN_TOLERANCE = "cost-within-tolerance"
    """Pass: memory or latency grew by no more than the tolerance."""

    COST_INCREASED = "cost-increased"
    """Fail: the count is larger, or memory or latency grew by more than the tolerance."""

    COST_MISSING = "cost-missing"
    """Ambiguous: the candidate lacks costs that the baseline has."""

    COST_UNDECIDED = "cost-undecided"
    """Ambiguous: the interval of the slowdown contains the tolerance, or the timings are in doubt."""

    WITHIN_BUDGET = "within-budget"
    """Pass: a cost or a mean keeps to the budget."""

    OVER_BUDGET = "over-budget"
    """Fail: a cost is larger than the budget, or a mean worse."""

    BUDGET_UNKNOWN = "budget-unknown"
    """Ambiguous: the cost was not measured, or images lack values."""


AmbiguousPolicy = Literal["fail", "pass"]
"""Outcome to use instead of `ambiguous`."""

EXIT_CODES: Mapping[Outcome, int] = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.AMBIGUOUS: 3}


@dataclass(frozen=True, slots=True)
class Gate:
    """One criterion of a check and its outcome."""

    model: str
    """Name of the model in the baseline."""

    dataset: str
    protocol: str
    subject: str
    """A metric's name, `outputs`, `images`, `parameters`, `macs`, `memory` or `latency` with its setting, or `budget`
    with what it limits."""

    outcome: Outcome
    reason: Reason
    sentence: str
    baseline: float | None = None
    """Mean of a metric, a count, bytes, or milliseconds."""

    candidate: float | None = None
    drop: float | None = None
    """Mean drop of a metric; positive is worse for every metric."""

    low: float | None = None
    """Lower limit of the interval of the drop."""

    high: float | None = None
    tolerance: float | None = None
    """Allowed drop, or the limit of a budget."""

    images: int = 0
    groups: int = 0
    metric: MetricFacts | None = None
    """Of the metric, for a gate of one."""

    arithmetic: tuple[str, ...] = ()
    """Computation of the outcome, line by line."""


@dataclass(frozen=True, slots=True, repr=False)
class Verdict(Shown):
    """All gates of a candidate against its baseline."""

    candidate: str
    baseline: str
    gates: tuple[Gate, ...]
    notes: tuple[str, ...] = ()
    """Caveats, one sentence each."""

    level: float = 0.95
    """Confidence level of the intervals; a gate whose true drop equals the tolerance fails with (1 - level) / 2."""

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of all gates: fail, then ambiguous, then pass."""
        answers = {gate.outcome for gate in self.gates}
        worst = (outcome for outcome in (Outcome.FAIL, Outcome.AMBIGUOUS) if outcome in answers)
        return next(worst, Outcome.PASS)

    def place(self, gate: Gate) -> str:
        """The data set of a gate, with the protocol where several were checked on it."""
        protocols = {each.protocol for each in self.gates if each.dataset == gate.dataset}
        return f"{gate.dataset} by {gate.protocol}" if len(protocols) > 1 else gate.dataset

    @property
    def deciding(self) -> tuple[Gate, ...]:
        """The gates that determine the outcome."""
        return tuple(gate for gate in self.gates if gate.outcome is self.outcome)

    def exit_code(self, ambiguous: AmbiguousPolicy | None = None) -> int:
        """Exit code: 0 for pass, 1 for fail, 3 for ambiguous unless `ambiguous` decides otherwise."""
        return EXIT_CODES[self.settled(ambiguous)]

    def settled(self, ambiguous: AmbiguousPolicy | None = None) -> Outcome:
        """The outcome, with `ambiguous` applied to an ambiguous one."""
        if self.outcome is Outcome.AMBIGUOUS and ambiguous is not None:
            return Outcome(ambiguous)
        return self.outcome

    def to_dataframe(self) -> pd.DataFrame:
        """One row per gate, without its metric and its arithmetic."""
        import pandas as pd

        names = [each.name for each in fields(Gate) if each.name not in {"metric", "arithmetic"}]
        rows = [{name: getattr(gate, name) for name in names} for gate in self.gates]
        return pd.DataFrame(rows, columns=names)

    def _panel(self) -> Panel:
        line = f"Verdict: {self.outcome}, {self.candidate} against {self.baseline}, {count(len(self.gates), 'gate')}"
        rows = [
            (f"{self.place(gate)}, {gate.subject}", gate.outcome, gate.reason, gate.sentence) for gate in self.gates
        ]
        return Panel(line, ("gate", "answer", "reason", ""), rows, self.notes)
