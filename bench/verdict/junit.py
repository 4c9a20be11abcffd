"""JUnit XML for CI systems: one test case per data set, model and gate."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from ..files.atomic import write_atomic
from ..terminal.screening import screened
from .verdict import AmbiguousPolicy, Gate, Outcome, Verdict

__all__ = ["junit_xml", "write_junit"]


def junit_xml(verdict: Verdict, ambiguous: AmbiguousPolicy | None = None) -> str:
    """Format a verdict as a JUnit document.

    Args:
        verdict: result of the check.
        ambiguous: outcome to use for ambiguous gates; by default an `error`, which JUnit distinguishes from a
            `failure`.
    """
    root = ET.Element("testsuites", name="restorebench check")
    suites = [
        _suite(root, name, [(gate, verdict.place(gate)) for gate in gates], ambiguous)
        for name, gates in groupby(verdict.gates, key=lambda gate: f"{gate.model} on {gate.dataset} by {gate.protocol}")
    ]
    output = _clean("\n".join([f"{verdict.candidate} against {verdict.baseline}", *verdict.notes]))
    for suite in suites:
        ET.SubElement(suite, "system-out").text = output
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", "0")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def write_junit(path: Path, verdict: Verdict, ambiguous: AmbiguousPolicy | None = None) -> None:
    """Write the document atomically, creating its folder.

    Raises:
        OSError: it cannot be written.
    """
    write_atomic(path, junit_xml(verdict, ambiguous))


def _suite(
    root: ET.Element, name: str, gates: Sequence[tuple[Gate, str]], ambiguous: AmbiguousPolicy | None
) -> ET.Element:
    """Add a suite of gates, each with what it is called by in `classname`."""
    suite = ET.SubElement(root, "testsuite", name=_clean(name))
    kinds = [_case(suite, gate, place, ambiguous) for gate, place in gates]
    counts = {"failures": kinds.count("failure"), "errors": kinds.count("error"), "skipped": 0, "time": 0}
    for count, value in {"tests": len(gates), **counts}.items():
        suite.set(count, str(value))
    return suite


def _case(suite: ET.Element, gate: Gate, dataset: str, ambiguous: AmbiguousPolicy | None) -> str:
    """Add a test case; return `failure`, `error` or `""`."""
    place = ".".join(("restorebench", *(name.replace(".", "_") for name in (dataset, gate.model))))
    case = ET.SubElement(suite, "testcase", classname=_clean(place), name=_clean(gate.subject), time="0")
    outcome = Outcome(ambiguous) if gate.outcome is Outcome.AMBIGUOUS and ambiguous else gate.outcome
    kind = {Outcome.FAIL: "failure", Outcome.AMBIGUOUS: "error", Outcome.PASS: ""}[outcome]
    details = "\n".join((gate.sentence, *gate.arithmetic))
    if kind:
        ET.SubElement(case, kind, message=_clean(gate.sentence), type=gate.reason.value).text = _clean(details)
    else:
        ET.SubElement(case, "system-out").text = _clean(f"{gate.outcome} ({gate.reason}): {details}")
    return kind


def _clean(text: str) -> str:
    """Remove what XML 1.0 does not allow, and what acts on the terminal of whoever prints the document."""
    return "".join(sign for sign in text if screened(sign) == sign and not "\ud800" <= sign <= "\udfff")
