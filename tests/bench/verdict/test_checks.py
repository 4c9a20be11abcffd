from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from helpers.optional import known
from helpers.paired_runs import join_protocols, write_paired_run
from PIL import Image
from restorebench.bench.errors import IncomparableError, RestorebenchError, UnknownNameError, UsageError
from restorebench.bench.runs.run import load_run
from restorebench.bench.verdict.baseline import write_baseline
from restorebench.bench.verdict.checks import check, read_side
from restorebench.bench.verdict.verdict import Gate, Outcome, Reason, Verdict

BASE = [30.0 + 0.1 * index for index in range(40)]
WOBBLE = [0.05 * math.sin(3.7 * index) for index in range(40)]


Column = list[float] | list[float | None]


def shifted(by: float) -> list[float]:
    return [value + by + wobble for value, wobble in zip(BASE, WOBBLE, strict=True)]


def gate_of(tmp_path: Path, first: Column, second: Column, *, metric: str = "psnr", tolerance: float = 0.1) -> Gate:
    old = write_paired_run(tmp_path / "old", {metric: first})
    new = write_paired_run(tmp_path / "new", {metric: second})
    (gate,) = check(new, old, max_drop={metric: tolerance}).gates
    return gate


@pytest.mark.parametrize(
    ("shift", "outcome", "reason"),
    [
        (-0.3, Outcome.FAIL, Reason.DROP_EXCEEDS_TOLERANCE),
        (-0.1, Outcome.AMBIGUOUS, Reason.INTERVAL_HOLDS_TOLERANCE),
        (-0.05, Outcome.PASS, Reason.WITHIN_TOLERANCE),
        (0.3, Outcome.PASS, Reason.IMPROVED),
    ],
)
def test_the_interval_of_the_drop_decides(tmp_path: Path, shift: float, outcome: Outcome, reason: Reason):
    gate = gate_of(tmp_path, BASE, shifted(shift))
    assert (gate.outcome, gate.reason) == (outcome, reason)
    assert known(gate.low) < known(gate.drop) < known(gate.high)
    assert gate.drop == pytest.approx(-shift, abs=0.01)


def test_a_metric_that_is_better_when_lower_drops_by_rising(tmp_path: Path):
    worse = [0.2 + 0.01 + 0.0001 * (index % 5) for index in range(40)]
    gate = gate_of(tmp_path, [0.2] * 40, worse, metric="lpips", tolerance=0.002)
    assert (gate.outcome, known(gate.drop) > 0, known(gate.low) > 0.002) == (Outcome.FAIL, True, True)
    assert "LPIPS is worse by 0.0102" in gate.sentence


def test_identical_runs_pass_even_without_tolerance(tmp_path: Path):
    gate = gate_of(tmp_path, BASE, BASE, tolerance=0.0)
    assert (gate.outcome, gate.reason, gate.low, gate.high) == (Outcome.PASS, Reason.NO_CHANGE, 0, 0)


def test_one_image_decides_nothing_unless_it_is_the_same(tmp_path: Path):
    assert gate_of(tmp_path / "a", [30.0], [29.0]).reason is Reason.TOO_FEW_GROUPS
    assert gate_of(tmp_path / "b", [30.0], [30.0]).outcome is Outcome.PASS


def test_an_image_that_is_no_longer_perfect_is_never_passed_over(tmp_path: Path):
    lost = gate_of(tmp_path / "a", [math.inf, *BASE], [60.0, *BASE])
    assert (lost.outcome, lost.reason) == (Outcome.AMBIGUOUS, Reason.INFINITE_VALUES)
    worse = gate_of(tmp_path / "b", [math.inf, *BASE], [60.0, *shifted(-1)])
    assert worse.outcome is Outcome.FAIL
    won = gate_of(tmp_path / "c", [60.0, *BASE], [math.inf, *BASE])
    assert won.outcome is Outcome.PASS
    both = gate_of(tmp_path / "d", [math.inf, math.inf], [math.inf, math.inf])
    assert both.reason is Reason.NO_CHANGE
    only = gate_of(tmp_path / "e", [math.inf, math.inf], [50.0, 51.0])
    assert only.reason is Reason.INFINITE_VALUES


def test_images_that_fail_only_now_fail_the_check(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE}, failed={"0000": "too large"})
    new = write_paired_run(tmp_path / "new", {"psnr": BASE}, failed={"0000": "too large", "0007": "Out of memory."})
    verdict = check(new, old)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.gates[0].reason is Reason.IMAGES_FAILED
    assert "1 image failed that the baseline restored; the first is 0007: Out of memory." in verdict.gates[0].sentence
    assert check(old, new).outcome is Outcome.PASS


def test_values_that_are_missing_only_now_are_ambiguous(tmp_path: Path):
    gate = gate_of(tmp_path, [30.0, 31.0, 32.0], [30.0, None, 32.0])
    assert (gate.outcome, gate.reason) == (Outcome.AMBIGUOUS, Reason.METRIC_MISSING)
    assert "the first is 0001" in gate.sentence


def test_a_metric_without_values_in_the_baseline_is_not_gated_and_said(tmp_path: Path):
    values = {"psnr": BASE, "lpips": [None] * 40}
    old = write_paired_run(tmp_path / "old", values)
    new = write_paired_run(tmp_path / "new", {"psnr": BASE, "lpips": [0.1] * 40})
    verdict = check(new, old)
    assert [gate.subject for gate in verdict.gates] == ["psnr"]
    assert verdict.notes == ("gopro: LPIPS was not checked: the baseline has no values.",)


def test_groups_decide_how_sure_a_check_is(tmp_path: Path):
    groups = [f"sequence {index // 10}" for index in range(40)]
    drops = [value - 0.2 + 0.1 * (index // 10 - 1.5) for index, value in enumerate(BASE)]
    for name, labels in (("grouped", groups), ("alone", ())):
        write_paired_run(tmp_path / name / "old", {"psnr": BASE}, groups=labels)
        write_paired_run(tmp_path / name / "new", {"psnr": drops}, groups=labels)
    outcomes = {name: check(tmp_path / name / "new", tmp_path / name / "old").outcome for name in ("grouped", "alone")}
    assert outcomes == {"grouped": Outcome.AMBIGUOUS, "alone": Outcome.FAIL}


def test_a_wider_level_is_slower_to_fail(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE})
    new = write_paired_run(tmp_path / "new", {"psnr": shifted(-0.115)})
    assert check(new, old).outcome is Outcome.FAIL
    assert check(new, old, level=0.999).outcome is Outcome.AMBIGUOUS


def test_the_worst_gate_is_the_answer():
    gates = {outcome: Gate("m", "d", "p", "psnr", outcome, Reason.NO_CHANGE, "") for outcome in Outcome}

    def verdict(*outcomes: Outcome) -> Verdict:
        return Verdict("a", "b", tuple(gates[outcome] for outcome in outcomes))

    assert verdict(Outcome.PASS, Outcome.AMBIGUOUS, Outcome.FAIL).outcome is Outcome.FAIL
    undecided = verdict(Outcome.PASS, Outcome.AMBIGUOUS)
    assert [undecided.exit_code(policy) for policy in (None, "fail", "pass")] == [3, 1, 0]
    assert verdict(Outcome.PASS).exit_code("fail") == 0
    assert verdict(Outcome.FAIL).exit_code("pass") == 1


def test_bit_level_mode_compares_the_pixels_of_every_image(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE})
    same = check(old, old, identical=True)
    assert [gate.reason for gate in same.gates] == [Reason.OUTPUTS_IDENTICAL, Reason.NO_CHANGE]
    hashes = [f"{index:015x}{'b' if index in (3, 5) else 'a'}" for index in range(40)]
    moved = [value - (0.25 if index == 5 else 0) for index, value in enumerate(BASE)]
    new = write_paired_run(tmp_path / "new", {"psnr": moved}, restored=hashes)
    gate = check(new, old, identical=True).gates[0]
    assert (gate.outcome, gate.reason) == (Outcome.FAIL, Reason.OUTPUTS_DIFFER)
    assert gate.sentence == (
        "2 of 40 restored images differ, the first is 0003; the largest difference is -0.250 dB PSNR in 0005 "
        "(no picture kept on both sides)."
    )


def test_outputs_without_hashes_are_ambiguous(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE}, restored=[""] * len(BASE))
    assert check(old, old, identical=True).gates[0].reason is Reason.OUTPUTS_UNKNOWN


def keep_picture(run: Path, key: str, image: np.ndarray) -> None:
    (run / "restored").mkdir(exist_ok=True)
    Image.fromarray(image).save(run / "restored" / f"{key}.png")


TRUNCATED = "always one level darker in the candidate: it truncates where the baseline rounds."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("truncate", f"1 grey level in 0000 (1 pictures kept on both sides), {TRUNCATED}"),
        ("one pixel", "7 grey levels in 0000 (1 pictures kept on both sides)."),
    ],
)
def test_kept_pictures_tell_how_far_and_why(tmp_path: Path, change: str, said: str):
    exact = np.random.default_rng(0).uniform(10, 240, (20, 30, 3))
    rounded = np.rint(exact).astype(np.uint8)
    other = rounded.copy()
    other[4, 5, 1] += 7
    old = write_paired_run(tmp_path / "old", {"psnr": BASE})
    new = write_paired_run(tmp_path / "new", {"psnr": BASE}, restored=["b"] * 40)
    keep_picture(old, "0000", rounded)
    keep_picture(new, "0000", exact.astype(np.uint8) if change == "truncate" else other)
    gate = check(new, old, identical=True).gates[0]
    assert gate.sentence.endswith(f"the largest difference is {said}")


def test_a_truncating_save_is_called_by_its_name(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE})
    restored = ["b" * 16] * len(BASE)
    new = write_paired_run(tmp_path / "new", {"psnr": shifted(-0.04)}, quantiser="truncate", restored=restored)
    (note,) = check(new, old).notes
    assert "candidate truncates to the grey level below (truncate)" in note


def test_trees_are_matched_by_data_set_and_model(tmp_path: Path):
    for out, shift in (("old", 0.0), ("new", -1.0)):
        write_paired_run(tmp_path / out, {"psnr": BASE}, dataset="gopro", model="a")
        write_paired_run(tmp_path / out, {"psnr": shifted(shift)}, dataset="gopro", model="b")
        write_paired_run(tmp_path / out, {"psnr": BASE}, dataset="hide", model=f"renamed in {out}")
    verdict = check(tmp_path / "new", tmp_path / "old", other_model=True)
    found = {(gate.dataset, gate.model): gate.outcome for gate in verdict.gates}
    assert found == {
        ("gopro", "a"): Outcome.PASS,
        ("gopro", "b"): Outcome.FAIL,
        ("hide", "renamed in old"): Outcome.PASS,
    }


def test_cells_that_do_not_match_are_said(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE}, model="x")
    write_paired_run(tmp_path / "old", {"psnr": BASE}, dataset="hide", model="x")
    write_paired_run(tmp_path / "new", {"psnr": BASE}, model="x")
    with pytest.raises(UsageError, match="no run on hide"):
        check(tmp_path / "new", tmp_path / "old")
    assert check(tmp_path / "new", tmp_path / "old", intersect=True).notes == (
        "hide is only in the baseline and was not checked.",
    )
    for model in "ab":
        write_paired_run(tmp_path / "several", {"psnr": BASE}, model=model)
    with pytest.raises(UsageError, match="could be checked against a, b"):
        check(tmp_path / "several", old)
    write_paired_run(tmp_path / "other", {"psnr": BASE}, protocol="hinet@1", model="x")
    with pytest.raises(IncomparableError, match="the protocol is gopro@1"):
        check(tmp_path / "other", old)


def test_tolerances_are_per_data_set_and_checked_for_typos(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE})
    new = write_paired_run(tmp_path / "new", {"psnr": shifted(-0.3)})
    assert check(new, old, max_drop={"gopro:psnr": 0.5}).outcome is Outcome.PASS
    assert check(new, old, max_drop={"hide:psnr": 0.5, "lpips": 0.1}).outcome is Outcome.FAIL
    with pytest.raises(UnknownNameError, match="did you mean gopro"):
        check(new, old, max_drop={"gorpo:psnr": 0.5})
    with pytest.raises(UnknownNameError, match="did you mean psnr"):
        check(new, old, max_drop={"pnsr": 0.5})
    with pytest.raises(UnknownNameError, match="the only one is psnr"):
        check(new, old, metrics=["ssim"])


def test_a_metric_without_a_default_is_gated_on_request(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE, "niqe2": BASE})
    assert [gate.subject for gate in check(old, old).gates] == ["psnr"]
    assert [gate.subject for gate in check(old, old, max_drop={"niqe2": 0.1}).gates] == ["psnr", "niqe2"]
    with pytest.raises(UsageError, match="niqe2 has no default tolerance"):
        check(old, old, metrics=["niqe2"])


def test_runs_may_be_objects(tmp_path: Path):
    run = load_run(write_paired_run(tmp_path, {"psnr": BASE}))
    assert check(run, run).outcome is Outcome.PASS


def test_the_arithmetic_names_every_number(tmp_path: Path):
    gate = gate_of(tmp_path, BASE, shifted(-0.1))
    told = "\n".join(gate.arithmetic)
    assert f"mean drop +0.100 (nearer: {gate.drop:+.4f}) dB over 40 image pairs" in told  # allowed are 0.1
    assert "10,000 resamples" in told
    assert f"fails if {gate.low:+.3f} > 0.1, passes if {gate.high:+.3f} <= 0.1" in told
    assert "is the true drop" in told


def test_a_baseline_of_another_model_is_refused_unless_allowed(tmp_path: Path):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE}, model="theirs")
    new = write_paired_run(tmp_path / "new", {"psnr": BASE}, model="mine")
    with pytest.raises(UsageError, match=r"of the model theirs, but the candidate is mine: .* --other-model"):
        check(new, old)
    verdict = check(new, old, other_model=True)
    assert verdict.outcome is Outcome.PASS
    assert verdict.notes == ("gopro: mine is checked against another model, theirs.",)


def test_a_baseline_of_two_models_is_not_answered_by_one(tmp_path: Path):
    for model in ("mine", "theirs"):
        write_paired_run(tmp_path / "old", {"psnr": BASE}, model=model)
    write_paired_run(tmp_path / "new", {"psnr": BASE}, model="mine")
    with pytest.raises(UsageError, match="of the model theirs, but the candidate is mine"):
        check(tmp_path / "new", tmp_path / "old")


@pytest.mark.parametrize(("dataset", "protocol"), [("hide", "gopro@1"), ("gopro", "rgb@1")])
def test_a_baseline_of_another_measurement_is_refused(tmp_path: Path, dataset: str, protocol: str):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE})
    new = write_paired_run(tmp_path / "new", {"psnr": BASE}, dataset=dataset, protocol=protocol)
    with pytest.raises(RestorebenchError, match=r"gopro"):
        check(new, old)


@pytest.mark.parametrize("groups", [1, 2, 3, 4])
@pytest.mark.parametrize("drop", [-5.0, 0.05, 0.5, 20.0])
def test_few_groups_decide_nothing(tmp_path: Path, groups: int, drop: float):
    names = [f"scene {index % groups}" for index in range(len(BASE))]
    old = write_paired_run(tmp_path / "old", {"psnr": BASE}, groups=names)
    new = write_paired_run(tmp_path / "new", {"psnr": [value - drop for value in BASE]}, groups=names)
    (gate,) = check(new, old).gates
    assert (gate.outcome, gate.reason) == (Outcome.AMBIGUOUS, Reason.TOO_FEW_GROUPS)
    assert "at least 5 scenes or sequences" in gate.sentence


@pytest.mark.parametrize("images", [5, 6])
def test_five_images_decide(tmp_path: Path, images: int):
    old = write_paired_run(tmp_path / "old", {"psnr": BASE[:images]})
    for name, drop in (("worse", 5.0), ("better", -5.0)):
        shifted = [value - drop + 0.01 * (index % 3) for index, value in enumerate(BASE[:images])]
        new = write_paired_run(tmp_path / name, {"psnr": shifted})
        assert check(new, old).outcome is (Outcome.FAIL if drop > 0 else Outcome.PASS)


def by_two(out: Path, psnr: Column, luma: Column) -> Path:
    """A run by gopro@1 and y@1."""
    first = write_paired_run(out, {"psnr": psnr})
    return join_protocols(first, write_paired_run(out / "y@1", {"psnr": luma}, protocol="y@1"))


def test_every_protocol_of_the_baseline_is_checked_by_the_same_one_of_the_candidate(tmp_path: Path):
    old, new = by_two(tmp_path / "old", BASE, shifted(2)), by_two(tmp_path / "new", BASE, shifted(1.5))
    verdict = check(new, old)
    assert {gate.protocol: gate.outcome for gate in verdict.gates} == {"gopro@1": Outcome.PASS, "y@1": Outcome.FAIL}
    assert [verdict.place(gate) for gate in verdict.gates] == ["gopro by gopro@1", "gopro by y@1"]
    (gate,) = check(new, old, protocols=["gopro"]).gates
    assert (gate.protocol, gate.outcome) == ("gopro@1", Outcome.PASS)
    with pytest.raises(UnknownNameError, match=r"Unknown protocol 'gopr'.*did you mean gopro@1.*of the baseline"):
        check(new, old, protocols=["gopr"])


def test_a_protocol_that_only_one_side_has_is_said(tmp_path: Path):
    both, alone = by_two(tmp_path / "both", BASE, BASE), write_paired_run(tmp_path / "alone", {"psnr": BASE})
    verdict = check(both, alone)
    assert [gate.protocol for gate in verdict.gates] == ["gopro@1"]
    assert "gopro by y@1 is not in the baseline and was not checked." in verdict.notes
    with pytest.raises(UsageError, match=r"not measured by y@1 on gopro, but the baseline was: .* --protocol"):
        check(alone, both)
    verdict = check(alone, both, intersect=True)
    assert "gopro by y@1 is only in the baseline and was not checked." in verdict.notes
    assert check(alone, both, protocols=["gopro@1"]).outcome is Outcome.PASS


def test_a_baseline_file_holds_every_protocol_or_the_chosen_ones(tmp_path: Path):
    run = by_two(tmp_path / "run", BASE, shifted(2))
    for chosen, protocols in (((), {"gopro@1", "y@1"}), (["y"], {"y@1"})):
        write_baseline(tmp_path / "baseline.json", read_side(run, "baseline", chosen))
        verdict = check(run, tmp_path / "baseline.json")
        assert {gate.protocol for gate in verdict.gates} == protocols
        assert verdict.outcome is Outcome.PASS


def test_costs_are_checked_once_for_all_protocols(tmp_path: Path):
    old, new = by_two(tmp_path / "old", BASE, BASE), by_two(tmp_path / "new", BASE, BASE)
    for folder, parameters in ((old, 100), (new, 200)):
        cost = folder.parent.parent / "cost" / "mine.json"
        cost.parent.mkdir()
        cost.write_text(f'{{"params": {parameters}}}')
    counted = [gate for gate in check(new, old).gates if gate.subject == "parameters"]
    assert [gate.outcome for gate in counted] == [Outcome.FAIL]
