"""Verdicts in GitHub Actions: annotations of the workflow run, and a step summary in Markdown."""

from __future__ import annotations

from pathlib import Path

from ..files.faults import naming
from .verdict import AmbiguousPolicy, Gate, Outcome, Verdict

__all__ = ["annotation_lines", "append_step_summary", "step_summary"]

SIGNS = {Outcome.PASS: "✅", Outcome.FAIL: "❌", Outcome.AMBIGUOUS: "❔"}


def annotation_lines(verdict: Verdict, ambiguous: AmbiguousPolicy | None = None) -> list[str]:
    """Format workflow commands, one for each gate that does not pass and one for each note.

    A failed gate is an error; an ambiguous one is a warning, unless `ambiguous` decides otherwise.
    """
    lines = [
        _command(_severity(gate, ambiguous), f"{gate.model}, {verdict.place(gate)}, {gate.subject}", gate.sentence)
        for gate in verdict.gates
        if gate.outcome is not Outcome.PASS
    ]
    return lines + [_command("notice", "restorebench check", note) for note in verdict.notes]


def _severity(gate: Gate, ambiguous: AmbiguousPolicy | None) -> str:
    if gate.outcome is Outcome.FAIL or ambiguous == "fail":
        return "error"
    return "notice" if ambiguous == "pass" else "warning"


def _command(severity: str, title: str, message: str) -> str:
    """Format `::error title=...::message`, escaped as in GitHub's toolkit."""
    text = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    name = title.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    return f"::{severity} title={name}::{text}"


def step_summary(verdict: Verdict, ambiguous: AmbiguousPolicy | None = None) -> str:
    """Format a Markdown section: the outcome, a table of all gates, and the notes."""
    settled = verdict.settled(ambiguous)
    interval = f"{100 * verdict.level:g} % interval"
    lines = [
        f"### {SIGNS[settled]} restorebench check: {settled}",
        "",
        f"{_escape(verdict.candidate)} against {_escape(verdict.baseline)}",
        "",
        f"| data set | model | gate | baseline | candidate | drop | {interval} | allowed | answer |",
        "|---|---|---|--:|--:|--:|--:|--:|---|",
        *(_row(gate, verdict.place(gate)) for gate in verdict.gates),
        "",
        *(f"- {_escape(gate.sentence)}" for gate in verdict.gates if gate.outcome is not Outcome.PASS),
        *(f"- {_escape(note)}" for note in verdict.notes),
    ]
    return "\n".join(lines).rstrip() + "\n"


def append_step_summary(path: Path, verdict: Verdict, ambiguous: AmbiguousPolicy | None = None) -> None:
    """Append the section to the file named by `GITHUB_STEP_SUMMARY`, which other steps also write to."""
    with naming(path), path.open("a", encoding="utf-8") as file:
        file.write(step_summary(verdict, ambiguous))


def _row(gate: Gate, place: str) -> str:
    digits, finer = (gate.metric.digits, gate.metric.finer) if gate.metric else (0, 3)
    interval = "" if gate.low is None or gate.high is None else f"{gate.low:+.{finer}f} to {gate.high:+.{finer}f}"
    means = [_number(value, digits) for value in (gate.baseline, gate.candidate)]
    subject = f"{gate.subject} {gate.metric.arrow}" if gate.metric else gate.subject
    where = [_escape(place), _escape(gate.model), subject]
    drop = "" if gate.drop is None else f"{gate.drop:+.{finer}f}"
    allowed = "" if gate.tolerance is None else f"{gate.tolerance:g}"
    answer = f"{SIGNS[gate.outcome]} {gate.outcome}: {gate.reason}"
    return f"| {' | '.join([*where, *means, drop, interval, allowed, answer])} |"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _escape(text: str) -> str:
    """Escape characters that would end a table cell or start a tag or a mention."""
    for sign in ("\\", "|", "<", "`", "*", "_", "@"):
        text = text.replace(sign, f"&#{ord(sign)};")
    return text.replace("\n", " ")
