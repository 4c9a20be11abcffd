from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.runs.plan import Plan, continues, plan_difference, plan_settings

PLAN = Plan("prenet", "a" * 64, "rain100h", "b" * 64, "rain100h@1", "truncate", {"device": "cpu", "precision": "fp32"})
OLD = Plan("./net.py:build", "w", "d", "l", "rgb@1", "half-even", {"device": "cpu", "code_sha256": "a"})


def more(**settings: Any) -> Plan:
    return replace(OLD, settings={**OLD.settings, **settings})


def test_a_run_of_version_0_1_0_goes_on_although_it_recorded_one_file_only():
    assert continues(OLD, more(code={"helper.py": "b"}, packages={"einops": "0.8"}, variables={"SCALE": "c"}))
    assert not continues(OLD, more(code_sha256="other", code={"helper.py": "b"}))
    restorer = replace(OLD, settings={"device": "cpu"})
    assert continues(restorer, more(code={"helper.py": "b"}))


def test_a_file_is_the_same_by_another_path():
    typed = replace(PLAN, model="./mine.py:build[width=8]", settings={**PLAN.settings, "code_sha256": "a"})
    in_suite = replace(typed, model="evaluation/mine.py:build[width=8]")
    assert continues(typed, in_suite)
    assert continues(replace(typed, model="mine.py:build[width=8]"), typed)
    assert not continues(typed, replace(in_suite, settings={**PLAN.settings, "code_sha256": "b"}))
    assert not continues(typed, replace(in_suite, model="evaluation/mine.py:build[width=16]"))
    assert not continues(typed, replace(in_suite, model="evaluation/other.py:build[width=8]"))
    unknown = replace(PLAN, model="./mine.py:build")
    assert not continues(unknown, replace(unknown, model="evaluation/mine.py:build")), "0.1.0 kept no digest"


def test_a_metric_of_the_package_is_added_or_removed():
    other = replace(PLAN, settings={**PLAN.settings, "metric niqe": ""})
    assert plan_difference(PLAN, other) == ["metric niqe added"]
    assert plan_difference(other, PLAN) == ["metric niqe removed"]


def test_a_digest_is_shortened():
    other = replace(PLAN, weights_sha256="0123456789abcdef" * 4)
    known = replace(PLAN, weights_sha256="f" * 64)
    assert plan_difference(known, other) == ["weights_sha256: ffffffff... -> 01234567..."]


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("code", "helper.py", "file helper.py: b -> c"),
        ("packages", "einops", "package einops: b -> c"),
        ("variables", "SCALE", "environment variable SCALE: b -> c"),
    ],
)
def test_what_changed_is_named(name: str, part: str, said: str):
    before, after = more(**{name: {part: "b"}}), more(**{name: {part: "c"}})
    assert continues(before, before)
    assert not continues(before, after)
    assert not continues(before, OLD)
    assert plan_difference(before, after) == [said]


def test_every_field_decides_the_hash():
    changes: dict[str, Any] = {field.name: "other" for field in fields(Plan)} | {"quantiser": "half-up"}
    for name, value in changes.items():
        if isinstance(getattr(PLAN, name), str):
            assert replace(PLAN, **{name: value}).sha256 != PLAN.sha256, name
    assert replace(PLAN, settings={**PLAN.settings, "tile": 256}).sha256 != PLAN.sha256
    assert replace(PLAN, settings={"precision": "fp32", "device": "cpu"}).sha256 == PLAN.sha256


def test_a_difference_names_each_field_and_setting():
    other = replace(PLAN, protocol="rgb@1", settings={"device": "cuda", "precision": "fp32", "tile": 256})
    assert plan_difference(PLAN, other) == [
        "device: cpu -> cuda",
        "protocol: rain100h@1 -> rgb@1",
        "tile: None -> 256",
    ]
    assert plan_difference(PLAN, PLAN) == []


@pytest.mark.parametrize(
    ("settings", "stochastic", "expected"),
    [
        (InferenceSettings(device="cuda:3", seed=7, samples=4), False, {}),
        (InferenceSettings(device="cuda", seed=7), True, {"seed": 7}),
        (InferenceSettings(device="cuda", seed=7, samples=4), True, {"seed": 7, "samples": 4}),
        (
            InferenceSettings(device="cuda", tile=256, tile_overlap=16),
            False,
            {"tile": 256, "tile_overlap": 16, "tile_on_oom": False},
        ),
        (InferenceSettings(device="cuda", channels_last=True), False, {"channels_last": True}),
    ],
)
def test_only_settings_that_can_move_a_number_belong_to_a_plan(
    settings: InferenceSettings,
    stochastic: bool,  # noqa: FBT001 -- parametrised
    expected: dict[str, object],
):
    assert plan_settings(settings, stochastic=stochastic) == {"device": "cuda", "precision": "fp32"} | expected
