"""Terminal table of a verdict."""

from __future__ import annotations

from ..terminal.display import new_table, note, print_lines, print_table
from ..terminal.wording import counted
from ..verdict.verdict import AmbiguousPolicy, Gate, Outcome, Verdict
from .comparison_tables import number

__all__ = ["show_verdict"]


def show_verdict(verdict: Verdict, ambiguous: AmbiguousPolicy | None = None, *, explain: bool = False) -> None:
    """Print all gates, a sentence for each that does not pass, and the outcome as the last line."""
    interval = f"{100 * verdict.level:g} % interval"
    right = ["images", "baseline", "candidate", "drop", interval, "allowed"]
    title = f"{verdict.candidate} against {verdict.baseline}"
    cells = {(gate.dataset, gate.model) for gate in verdict.gates}
    several = len(cells) > len({dataset for dataset, _ in cells})
    table = new_table("data set", "gate", *right, "answer", "reason", title=title, right=right)
    for gate in verdict.gates:
        table.add_row(*_row(gate, verdict.place(gate), several=several))
    print_table(table, keep=("gate", "answer", "drop", interval, "allowed"))
    for gate in verdict.gates:
        if gate.outcome is not Outcome.PASS or explain:
            print_lines([f"{verdict.place(gate)}: {gate.sentence}"])
        if explain:
            print_lines([f"    {line}" for line in gate.arithmetic])
    for sentence in verdict.notes:
        note(sentence)
    settled = verdict.settled(ambiguous)
    how = f" (ambiguous, counted as {settled})" if settled is not verdict.outcome else ""
    decided = (f"{verdict.place(gate)} {gate.subject}: {gate.reason}" for gate in verdict.deciding)
    reasons = ", ".join(dict.fromkeys(decided))
    print_lines([f"{settled.upper()}{how}: {reasons}"])


def _row(gate: Gate, place: str, *, several: bool) -> list[str]:
    digits, finer = (gate.metric.digits, gate.metric.finer) if gate.metric else (0, 3)
    interval = "" if gate.low is None else f"{number(gate.low, finer)} to {number(gate.high, finer)}"
    is_metric = gate.metric is not None
    return [
        f"{place} {gate.model}" if several else place,
        f"{gate.subject} {gate.metric.arrow}" if gate.metric else gate.subject,
        _images(gate),
        *(_mean(value, digits, is_metric=is_metric) for value in (gate.baseline, gate.candidate)),
        number(gate.drop, finer) if is_metric else "",
        interval,
        f"{gate.tolerance:g}"
        if gate.tolerance is not None and (is_metric or gate.subject.startswith("budget"))
        else "",
        gate.outcome.value,
        gate.reason.value,
    ]


def _images(gate: Gate) -> str:
    grouped = gate.tolerance is not None and gate.groups != gate.images
    groups = f" in {counted(gate.groups, 'group')}" if grouped else ""
    return f"{gate.images or ''}{groups}"


def _mean(value: float | None, digits: int, *, is_metric: bool) -> str:
    if is_metric:
        return number(value, digits, signed=False)
    return "" if value is None else f"{value:,.0f}"
