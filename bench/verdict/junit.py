"""A verdict as JUnit XML: one test case per data set, model and gate, as CI systems read it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from .verdict import AmbiguousPolicy, Gate, Outcome, Verdict

__all__ = ["junit_xml", "write_junit"]


def junit_xml(verdict: Verdict, ambiguous: AmbiguousPolicy | None = None) -> str:
    """The document as text.

    Args:
        verdict: what the check answered.
        ambiguous: what an undecided gate counts as; without it it is an `error`, which JUnit keeps apart from a
            `failure` as "could not be decided".
    """
    root = ET.Element("testsuites", name="restorebench check")
    suites = [
        _suite(root, name, list(gates), ambiguous)
        for name, gates in groupby(verdict.gates, key=lambda gate: f"{gate.model} on {gate.dataset} by {gate.protocol}")
    ]
    said = _clean("\n".join([f"{verdict.candidate} against {verdict.baseline}", *verdict.notes]))
    for suite in suites:
        ET.SubElement(suite, "system-out").text = said
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", "0")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def write_junit(path: Path, verdict: Verdict, ambiguous: AmbiguousPolicy | None = None) -> None:
    """Write the document, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(junit_xml(verdict, ambiguous), encoding="utf-8")


def _suite(root: ET.Element, name: str, gates: Sequence[Gate], ambiguous: AmbiguousPolicy | None) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", name=name)
    kinds = [_case(suite, gate, ambiguous) for gate in gates]
    counts = {"failures": kinds.count("failure"), "errors": kinds.count("error"), "skipped": 0, "time": 0}
    for count, value in {"tests": len(gates), **counts}.items():
        suite.set(count, str(value))
    return suite


def _case(suite: ET.Element, gate: Gate, ambiguous: AmbiguousPolicy | None) -> str:
    """Add a test case; returns the name of the element that says what is wrong, or `""`."""
    place = ".".join(("restorebench", *(name.replace(".", "_") for name in (gate.dataset, gate.model))))
    case = ET.SubElement(suite, "testcase", classname=place, name=gate.subject, time="0")
    outcome = Outcome(ambiguous) if gate.outcome is Outcome.AMBIGUOUS and ambiguous else gate.outcome
    kind = {Outcome.FAIL: "failure", Outcome.AMBIGUOUS: "error", Outcome.PASS: ""}[outcome]
    told = "\n".join((gate.sentence, *gate.arithmetic))
    if kind:
        ET.SubElement(case, kind, message=_clean(gate.sentence), type=gate.reason.value).text = _clean(told)
    else:
        ET.SubElement(case, "system-out").text = _clean(f"{gate.outcome} ({gate.reason}): {told}")
    return kind


def _clean(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(sign for sign in text if sign in "\t\n" or ord(sign) >= ord(" "))
