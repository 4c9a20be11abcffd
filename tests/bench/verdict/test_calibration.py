"""A small version of what `tests/performance/calibration.py` prints."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from helpers.optional import known

SCRIPT = Path(__file__).parents[2] / "performance" / "calibration.py"


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    spec = known(importlib.util.spec_from_file_location("calibration", SCRIPT))
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibration"] = module
    known(spec.loader).exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("design", range(9))
@pytest.mark.parametrize("spread", ["NORMAL", "STAGES"])
def test_95_percent_intervals_hold_the_truth_95_times_in_100(calibration: ModuleType, design: int, spread: str):
    share = calibration.coverage(calibration.DESIGNS[design], getattr(calibration, spread), 500, seed=1)["used"]
    # 93 to 97 %, and three standard errors of 500 runs
    assert 0.93 - 0.029 <= share <= 0.97 + 0.029


def test_plain_intervals_would_not_hold_it_for_few_groups(calibration: ModuleType):
    share = calibration.coverage(calibration.DESIGNS[2], calibration.NORMAL, 500, seed=1)
    assert share["BCa"] < 0.88
    assert share["used"] > 0.92


def test_the_gate_errs_as_rarely_as_it_says(calibration: ModuleType):
    nothing = calibration.answers(calibration.NOISE, 0.0, 0.1, 500)
    at_the_edge = calibration.answers(calibration.NOISE, 0.1, 0.1, 500)
    assert nothing["fail"] <= 0.002
    assert nothing["pass"] >= 0.9
    assert at_the_edge["fail"] <= 0.025 + 0.021
    assert at_the_edge["pass"] <= 0.025 + 0.021


@pytest.mark.parametrize("spread", ["ROUNDING", "STAGES", "NOISE"])
def test_twice_the_default_tolerance_is_found_on_100_images(calibration: ModuleType, spread: str):
    assert calibration.answers(getattr(calibration, spread), 0.2, 0.1, 500)["fail"] >= 0.95


def test_the_whole_way_agrees_with_the_rule(calibration: ModuleType):
    whole = calibration.whole_gate(calibration.NOISE, 0.2, 0.1, 60)
    assert whole["fail"] >= 0.9
    assert calibration.whole_gate(calibration.NOISE, 0.0, 0.1, 60)["fail"] == 0
