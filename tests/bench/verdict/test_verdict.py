from __future__ import annotations

import pytest
from restorebench.bench.verdict.verdict import Gate, Outcome, Reason, Verdict


def verdict(*outcomes: Outcome) -> Verdict:
    gates = (Gate("m", "d", "rgb@1", f"g{i}", outcome, Reason.NO_CHANGE, "") for i, outcome in enumerate(outcomes))
    return Verdict("new", "old", tuple(gates))


@pytest.mark.parametrize(
    ("outcomes", "worst", "deciding"),
    [
        ((), Outcome.PASS, ""),
        ((Outcome.PASS, Outcome.PASS), Outcome.PASS, "g0 g1"),
        ((Outcome.PASS, Outcome.AMBIGUOUS), Outcome.AMBIGUOUS, "g1"),
        ((Outcome.AMBIGUOUS, Outcome.FAIL, Outcome.PASS, Outcome.FAIL), Outcome.FAIL, "g1 g3"),
    ],
)
def test_the_worst_answer_decides(outcomes: tuple[Outcome, ...], worst: Outcome, deciding: str):
    found = verdict(*outcomes)
    assert found.outcome is worst
    assert " ".join(gate.subject for gate in found.deciding) == deciding


def test_an_undecided_check_has_a_code_of_its_own_unless_somebody_decides():
    undecided = verdict(Outcome.PASS, Outcome.AMBIGUOUS)
    assert [undecided.exit_code(policy) for policy in (None, "fail", "pass")] == [3, 1, 0]


def test_no_policy_changes_a_decided_answer():
    assert verdict(Outcome.FAIL, Outcome.AMBIGUOUS).exit_code("pass") == 1
    assert verdict(Outcome.PASS).exit_code("fail") == 0
