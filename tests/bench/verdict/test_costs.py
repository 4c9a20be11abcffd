from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from helpers.optional import known
from helpers.paired_runs import write_paired_run
from restorebench.bench.comparison.pairing import Measured, measured
from restorebench.bench.errors import RunFolderError, UsageError
from restorebench.bench.profiling.latency.measurement import Failure
from restorebench.bench.profiling.latency.timing import Rules, Timing
from restorebench.bench.runs.costs import read_cost
from restorebench.bench.runs.run import load_run
from restorebench.bench.verdict.baseline import write_baseline
from restorebench.bench.verdict.checks import check, read_side
from restorebench.bench.verdict.costs import CostLimits, Remeasure, latency_gates, time_in_turns
from restorebench.bench.verdict.verdict import Outcome, Reason

PSNR = {"psnr": [30.0, 31.0, 32.0]}
COST = {
    "params": 500,
    "macs": {"all, 256x256": 63_000.0, "conv, 256x256": 1.0, "all, 720x1280": 900_000.0},
    "memory": {"GPU allocated, 256x256": 1_000_000},
}


def run_with_cost(out: Path, cost: dict[str, object] | None, model: str = "mine") -> Path:
    run = write_paired_run(out, PSNR, model=model)
    if cost is not None:
        (out / "cost").mkdir(exist_ok=True)
        (out / "cost" / f"{model}.json").write_text(json.dumps(cost))
    return run


def reasons(new: Path, old: Path, cost: CostLimits | None = None) -> dict[str, Reason]:
    return {gate.subject: gate.reason for gate in check(new, old, cost=cost).gates if gate.subject != "psnr"}


def test_counts_are_compared_exactly_and_only_where_both_have_them(tmp_path: Path):
    old = run_with_cost(tmp_path / "old", COST)
    grown = {**COST, "params": 499, "macs": {"all, 256x256": 63_001, "all, 64x64": 7, "conv, 256x256": 2}, "memory": {}}
    new = run_with_cost(tmp_path / "new", grown)
    assert reasons(new, old) == {"parameters": Reason.COST_DECREASED, "macs 256x256": Reason.COST_INCREASED}
    assert set(reasons(old, old).values()) == {Reason.COST_EQUAL, Reason.COST_WITHIN_TOLERANCE}
    failed = [gate for gate in check(new, old).gates if gate.outcome is Outcome.FAIL]
    assert failed[0].sentence == "63,001 multiply-accumulates at 256x256, 1 more than the baseline's 63,000."


@pytest.mark.parametrize(
    ("growth", "allowed", "reason"),
    [
        (1.04, 0.05, Reason.COST_WITHIN_TOLERANCE),
        (1.06, 0.05, Reason.COST_INCREASED),
        (1.06, 0.1, Reason.COST_WITHIN_TOLERANCE),
    ],
)  # fmt: skip -- a table
def test_memory_may_grow_a_little(tmp_path: Path, growth: float, allowed: float, reason: Reason):
    old = run_with_cost(tmp_path / "old", COST)
    new = run_with_cost(tmp_path / "new", {**COST, "memory": {"GPU allocated, 256x256": 1_000_000 * growth}})
    assert reasons(new, old, CostLimits(memory_growth=allowed))["memory GPU allocated, 256x256"] is reason


def test_a_baseline_file_keeps_costs(tmp_path: Path):
    old = run_with_cost(tmp_path / "old", COST)
    write_baseline(tmp_path / "b.json", read_side(old, ""))
    new = run_with_cost(tmp_path / "new", {**COST, "params": 501})
    assert reasons(new, tmp_path / "b.json")["parameters"] is Reason.COST_INCREASED


@pytest.mark.parametrize(("text", "said"), [("{", "is damaged"), ("[]", "expected a table, got a list")])
def test_a_damaged_record_is_said(tmp_path: Path, text: str, said: str):
    run = run_with_cost(tmp_path, COST)
    (tmp_path / "cost" / "mine.json").write_text(text)
    with pytest.raises(RunFolderError, match=said):
        read_cost(load_run(run))


def timing(median: float, error: float = 0.01, doubts: tuple[str, ...] = ()) -> Timing:
    return Timing(median, median, median, median, error, 0, median, (median,), 1, median, median, doubts)


def sides(tmp_path: Path) -> tuple[Measured, Measured]:
    old, new = (measured(load_run(write_paired_run(tmp_path, PSNR, model=name))) for name in ("old", "new"))
    return old, new


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (timing(0.0102), Outcome.PASS),
        (timing(0.0120), Outcome.FAIL),
        (timing(0.0105), Outcome.AMBIGUOUS),
        (timing(0.0120, doubts=("the machine was busy",)), Outcome.AMBIGUOUS),
        (timing(0.0050, doubts=("the machine was busy",)), Outcome.PASS),
        (Failure("kernel missing"), Outcome.AMBIGUOUS),
    ],
)
def test_the_interval_of_the_slowdown_decides(tmp_path: Path, after: Timing | Failure, outcome: Outcome):
    asked: list[tuple[Sequence[tuple[str, Path | None]], tuple[int, int], str]] = []

    def meter(models: Sequence[tuple[str, Path | None]], size: tuple[int, int], device: str) -> list[Timing | Failure]:
        asked.append((models, size, device))
        return [timing(0.0100), after]

    (gate,) = latency_gates(*sides(tmp_path), CostLimits(remeasure=Remeasure(((64, 96),))), meter)
    assert asked == [([("old", None), ("new", None)], (64, 96), "cpu")]
    assert (gate.subject, gate.outcome) == ("latency 64x96", outcome)
    for doubt in getattr(after, "doubts", (getattr(after, "reason", ""),)):
        assert doubt in gate.sentence


def test_nothing_is_timed_unless_asked(tmp_path: Path):
    assert latency_gates(*sides(tmp_path), CostLimits()) == []


def test_one_model_cannot_be_timed_against_itself(tmp_path: Path):
    old, _ = sides(tmp_path)
    with pytest.raises(UsageError, match="both sides are old"):
        latency_gates(old, old, CostLimits(remeasure=Remeasure()))


SLOW = """
import torch
class Net(torch.nn.Module):
    def __init__(self, times):
        super().__init__()
        self.times, self.conv = times, torch.nn.Conv2d(3, 3, 3, padding=1)
    def forward(self, x):
        for _ in range(self.times):
            x = self.conv(x)
        return x
def quick(): return Net(1)
def slow(): return Net(40)
"""


def test_a_model_of_forty_times_the_work_is_slower(tmp_path: Path):
    (tmp_path / "net.py").write_text(SLOW)
    models = tuple(f"{tmp_path}/net.py:{name}" for name in ("quick", "slow"))
    settings = {"code_sha256": hashlib.sha256(SLOW.encode()).hexdigest()}
    old, new = (write_paired_run(tmp_path, PSNR, model=model, settings=settings) for model in models)
    quickly = functools.partial(time_in_turns, rules=Rules(error=0.1, seconds=1.0, warmup_seconds=0.5))
    limits = CostLimits(remeasure=Remeasure(((64, 64),), code=models))
    (gate,) = latency_gates(measured(load_run(old)), measured(load_run(new)), limits, quickly)
    assert gate.subject == "latency 64x64"
    assert gate.outcome is not Outcome.PASS  # a busy machine may leave it in doubt
    assert known(gate.candidate) > 5 * known(gate.baseline)


def test_a_candidate_without_the_costs_of_its_baseline_is_ambiguous(tmp_path: Path):
    old, new = run_with_cost(tmp_path / "old", COST), run_with_cost(tmp_path / "new", None)
    assert reasons(new, old) == {"costs": Reason.COST_MISSING}
    verdict = check(new, old)
    assert verdict.outcome is Outcome.AMBIGUOUS
    assert "restorebench profile -m mine" in verdict.deciding[0].sentence
    assert check(new, old, cost=CostLimits(ignored=True)).outcome is Outcome.PASS
    assert check(old, new).outcome is Outcome.PASS


def test_a_candidate_profiled_in_another_way_gets_a_note(tmp_path: Path):
    old = run_with_cost(tmp_path / "old", COST)
    new = run_with_cost(tmp_path / "new", {**COST, "macs": {"all, 256x256": 63_000.0}})
    verdict = check(new, old)
    assert verdict.outcome is Outcome.PASS
    assert verdict.notes == (
        "gopro: macs 720x1280 of the baseline was not checked: the candidate was not profiled in that way.",
    )
