"""A small version of what `tests/performance/few_images.py` prints."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from helpers.optional import known

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tests" / "performance" / "few_images.py"


@pytest.fixture(scope="module")
def few_images() -> ModuleType:
    spec = known(importlib.util.spec_from_file_location("few_images", SCRIPT))
    module = importlib.util.module_from_spec(spec)
    sys.modules["few_images"] = module
    known(spec.loader).exec_module(module)
    return module


@pytest.mark.parametrize("count", [5, 10, 20, 50])
@pytest.mark.parametrize("kind", ["normal", "ssim", "psnr", "lognormal"])
def test_false_alarms_of_few_images_are_as_rare_as_the_page_says(few_images: ModuleType, kind: str, count: int):
    drops = {
        "normal": few_images.normal,
        "ssim": lambda: few_images.real("ssim"),
        "psnr": lambda: few_images.real("psnr"),
        "lognormal": lambda: few_images.lognormal(0.5),
    }[kind]()
    found = few_images.errors(drops, count, 500, seed=3)
    error = (0.03 * 0.97 / 500) ** 0.5
    assert found["used"][0] <= 0.03 + 3 * error
    assert found["used"][1] <= 0.025 + 3 * error
    assert found["used"][0] <= found["0.1.0"][0]


def test_the_methods_that_were_not_taken_are_those_of_the_books(few_images: ModuleType):
    found = few_images.errors(few_images.lognormal(0.5), 10, 500, seed=3)
    assert found["BCa"][0] > found["Student"][0] > found["bootstrap-t"][0]
    assert found["Student"][0] > 2 * 0.025


def test_the_figures_on_the_page_are_those_of_this_interval(few_images: ModuleType):
    recorded = json.loads(few_images.RESULTS.read_text(encoding="utf-8"))
    assert recorded["floor"] == few_images.FEWEST_DECIDING
    by_name = {drops.name: drops for drops in few_images.distributions()}
    assert {row["differences"] for row in recorded["rows"]} == set(by_name)
    for row in recorded["rows"]:
        if row["images"] != 10:
            continue
        found = few_images.errors(by_name[row["differences"]], 10, 250, seed=recorded["seed"])
        alarms, _, width = row["methods"]["used"]
        assert found["used"][2] == pytest.approx(width, rel=0.1)
        assert abs(found["used"][0] - alarms) <= 4 * (max(alarms, 0.01) / 250) ** 0.5
