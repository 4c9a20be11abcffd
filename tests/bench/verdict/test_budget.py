from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.paired_runs import join_protocols, write_paired_run
from restorebench.bench.cli import main
from restorebench.bench.errors import UnknownNameError, UsageError
from restorebench.bench.verdict.budget import BudgetItem, parse_budget
from restorebench.bench.verdict.checks import check
from restorebench.bench.verdict.verdict import Outcome, Reason

COST = {"params": 500, "macs": {"all, 256x256": 63e9, "conv, 256x256": 1.0, "all, 720x1280": 900e9}}


def run(out: Path, values: dict[str, list[float | None]] | None = None, cost: dict[str, object] | None = None) -> Path:
    folder = write_paired_run(out, values or {"psnr": [32.0, 33.0, 34.0], "lpips": [0.1, 0.2, 0.3]}, model="mine")
    if cost is not None:
        (out / "cost").mkdir()
        (out / "cost" / "mine.json").write_text(json.dumps(cost))
    return folder


def answers(folder: Path, *limits: str) -> dict[str, tuple[Outcome, Reason]]:
    return {gate.subject: (gate.outcome, gate.reason) for gate in check(folder, budget=parse_budget(limits)).gates}


WITHIN, OVER = (Outcome.PASS, Reason.WITHIN_BUDGET), (Outcome.FAIL, Reason.OVER_BUDGET)
UNKNOWN = (Outcome.AMBIGUOUS, Reason.BUDGET_UNKNOWN)


@pytest.mark.parametrize(
    ("limit", "subject", "answer"),
    [
        ("params=500", "budget params", WITHIN),
        ("params<=499", "budget params", OVER),
        ("gmacs=63", "budget gmacs", WITHIN),
        ("gmacs=62.9", "budget gmacs", OVER),
        ("gmacs@720x1280=900", "budget gmacs@720x1280", WITHIN),
        ("gmacs@64x64=900", "budget gmacs@64x64", UNKNOWN),
        ("psnr>=33", "budget psnr", WITHIN),
        ("psnr>=33.001", "budget psnr", OVER),
        ("psnr=33.001", "budget psnr", OVER),
        ("lpips<=0.2", "budget lpips", WITHIN),
        ("lpips=0.19", "budget lpips", OVER),
        ("gopro:psnr>=33", "budget psnr", WITHIN),
    ],
)
def test_a_limit_is_kept_or_not(tmp_path: Path, limit: str, subject: str, answer: tuple[Outcome, Reason]):
    folder = run(tmp_path, cost=COST)
    assert answers(folder, limit) == {subject: answer}


def test_what_was_not_measured_is_ambiguous_and_says_the_command(tmp_path: Path):
    folder = run(tmp_path)
    verdict = check(folder, budget=parse_budget(["params=5e6", "gmacs=1"]))
    assert {gate.reason for gate in verdict.gates} == {Reason.BUDGET_UNKNOWN}
    assert "run `restorebench profile -m mine --out OUT`" in verdict.gates[0].sentence
    assert "--size 256x256" in verdict.gates[1].sentence
    assert verdict.exit_code() == 3


def test_a_mean_of_some_of_the_images_decides_nothing(tmp_path: Path):
    folder = run(tmp_path, {"psnr": [40.0, None, 41.0]})
    (gate,) = check(folder, budget=parse_budget(["psnr>=33"])).gates
    assert (gate.outcome, gate.reason) == UNKNOWN
    assert gate.sentence == "PSNR: 1 image of 3 without a value, so the mean is not that of the data set."


def test_a_budget_joins_a_baseline(tmp_path: Path):
    folder = run(tmp_path, {"psnr": [30.0, 31.0, 32.0]}, COST)
    verdict = check(folder, folder, budget=parse_budget(["psnr>=33", "params=500"]))
    outcomes = {gate.subject: gate.outcome for gate in verdict.gates}
    assert outcomes.pop("budget psnr") is Outcome.FAIL
    assert {"budget params", "psnr"} <= outcomes.keys()
    assert set(outcomes.values()) == {Outcome.PASS}
    assert verdict.outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("params", "'params' is not a limit: write, for example, params=5e6"),
        ("params=many", "is not a limit"),
        ("params=inf", "is not a limit"),
        ("params>=5", "limits a cost from below: write params=5"),
        ("psnr@256x256>=3", "has an image size, which only gmacs has"),
    ],
)
def test_what_is_no_limit_is_one_sentence(limit: str, message: str):
    with pytest.raises(UsageError, match=message):
        parse_budget([limit])


def test_a_limit_on_the_wrong_side_or_of_an_unknown_name_is_refused(tmp_path: Path):
    folder = run(tmp_path)
    with pytest.raises(UsageError, match="PSNR is better when higher: write psnr>=33"):
        check(folder, budget=[BudgetItem("psnr", 33, "<=")])
    with pytest.raises(UnknownNameError, match="did you mean psnr"):
        check(folder, budget=parse_budget(["pnsr>=33"]))
    with pytest.raises(UnknownNameError, match="data set"):
        check(folder, budget=parse_budget(["hide:psnr>=33"]))
    with pytest.raises(UsageError, match="give --baseline, or limits with --budget"):
        check(folder)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = run(tmp_path, cost=COST)
    assert main(["check", str(folder), "--budget", "params=5e6", "gmacs=200", "psnr>=33"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1].startswith("PASS: ")
    assert "within-budget" in shown
    assert main(["check", str(folder), "--budget", "psnr>=34"]) == 1
    assert "PSNR is 33.00 dB in the mean of 3 images; at least 34 dB." in capsys.readouterr().out
    assert main(["check", str(folder)]) == 2


def test_a_cost_is_limited_once_and_a_metric_by_every_protocol(tmp_path: Path):
    folder = run(tmp_path / "out", cost=COST)
    luma = write_paired_run(tmp_path / "y", {"psnr": [34.0, 35.0, 36.0]}, model="mine", protocol="y@1")
    gates = check(join_protocols(folder, luma), budget=parse_budget(["params=5e6", "psnr>=34"])).gates
    assert [(gate.subject, gate.protocol, gate.outcome) for gate in gates] == [
        ("budget params", "gopro@1", Outcome.PASS),
        ("budget psnr", "gopro@1", Outcome.FAIL),
        ("budget psnr", "y@1", Outcome.PASS),
    ]
