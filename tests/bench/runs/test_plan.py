from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.runs.plan import Plan, plan_difference, plan_settings

PLAN = Plan("prenet", "a" * 64, "rain100h", "b" * 64, "rain100h@1", "truncate", {"device": "cpu", "precision": "fp32"})


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
