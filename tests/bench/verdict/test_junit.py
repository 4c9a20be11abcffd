from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from helpers.optional import known
from restorebench.bench.verdict.annotations import annotation_lines, append_step_summary, step_summary
from restorebench.bench.verdict.junit import junit_xml, write_junit
from restorebench.bench.verdict.verdict import AmbiguousPolicy, Gate, Outcome, Reason, Verdict

# The schema that Jenkins' xunit plugin publishes as junit-10.xsd, which GitHub's and GitLab's readers follow:
# element to its allowed attributes, its required ones and its allowed children.
SCHEMA = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {
            "name",
            "tests",
            "failures",
            "errors",
            "time",
            "disabled",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
        },
        {"name", "tests"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "classname", "assertions", "time", "status"},
        {"name", "classname"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"message", "type"}, set(), set()),
    "error": ({"message", "type"}, set(), set()),
    "system-out": (set(), set(), set()),
}  # fmt: skip -- a table


def validate(element: ET.Element) -> None:
    allowed, required, children = SCHEMA[element.tag]
    assert required <= set(element.attrib) <= allowed
    for count in ("tests", "failures", "errors", "skipped"):
        assert element.get(count, "0").isdigit()
    for child in element:
        assert child.tag in children
        validate(child)


def gate(subject: str, outcome: Outcome, reason: Reason, dataset: str = "gopro", sentence: str = "It moved.") -> Gate:
    means_and_drop = 30.0, 29.0, 1.0, 0.9, 1.1
    where = "./mine.py:build", dataset, f"{dataset}@1"
    return Gate(*where, subject, outcome, reason, sentence, *means_and_drop, tolerance=0.1, images=100, groups=11)


VERDICT = Verdict(
    "mine (new)",
    "mine (old)",
    (
        gate("psnr", Outcome.FAIL, Reason.DROP_EXCEEDS_TOLERANCE, sentence='PSNR < "30" & falling \x1b[31m'),
        gate("ssim", Outcome.AMBIGUOUS, Reason.INTERVAL_HOLDS_TOLERANCE, sentence="50 % sure:\nmore images"),
        gate("psnr", Outcome.PASS, Reason.WITHIN_TOLERANCE, dataset="hide"),
    ),
    ("Only 3 | 4 images.",),
)


@pytest.mark.parametrize(
    ("policy", "counts"), [(None, ("3", "1", "1")), ("fail", ("3", "2", "0")), ("pass", ("3", "1", "0"))]
)
def test_document_follows_the_schema_and_counts(policy: AmbiguousPolicy | None, counts: tuple[str, str, str]):
    root = ET.fromstring(junit_xml(VERDICT, policy))  # noqa: S314 -- our own document
    validate(root)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == counts
    assert [suite.get("tests") for suite in root] == ["2", "1"]
    for total in ("tests", "failures", "errors"):
        assert sum(int(suite.attrib[total]) for suite in root) == int(root.attrib[total])


def test_cases_carry_code_sentence_and_a_stable_name():
    root = ET.fromstring(junit_xml(VERDICT))  # noqa: S314 -- our own document
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    assert len(cases) == 3
    failure = known(cases["restorebench.gopro._/mine_py:build", "psnr"].find("failure"))
    assert failure.get("type") == "drop-exceeds-tolerance"
    assert failure.get("message") == 'PSNR < "30" & falling [31m'
    error = known(cases["restorebench.gopro._/mine_py:build", "ssim"].find("error"))
    assert error.get("type") == "interval-holds-tolerance"
    printed = known(cases["restorebench.hide._/mine_py:build", "psnr"].find("system-out"))
    assert "within-tolerance" in known(printed.text)


def test_file_is_written_with_its_folder(tmp_path: Path):
    write_junit(tmp_path / "reports" / "check.xml", VERDICT)
    text = (tmp_path / "reports" / "check.xml").read_text(encoding="utf-8")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites')


def test_annotations_are_escaped_workflow_commands():
    assert annotation_lines(VERDICT) == [
        '::error title=./mine.py%3Abuild%2C gopro%2C psnr::PSNR < "30" & falling \x1b[31m',
        "::warning title=./mine.py%3Abuild%2C gopro%2C ssim::50 %25 sure:%0Amore images",
        "::notice title=restorebench check::Only 3 | 4 images.",
    ]
    assert annotation_lines(VERDICT, "fail")[1].startswith("::error ")
    assert annotation_lines(VERDICT, "pass")[1].startswith("::notice ")


def test_summary_is_a_table_of_all_gates_that_no_value_can_break(tmp_path: Path):
    text = step_summary(VERDICT)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 4
    assert {row.count("|") for row in rows} == {10}
    assert text.startswith("### ❌ restorebench check: fail")
    assert "| +1.000 | +0.900 to +1.100 | 0.1 | ❌ fail: drop-exceeds-tolerance |" in text
    assert "Only 3 &#124; 4 images." in text
    append_step_summary(tmp_path / "summary.md", VERDICT)
    append_step_summary(tmp_path / "summary.md", VERDICT)
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") == text * 2
