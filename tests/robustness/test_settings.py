"""Damaged TOML of every kind that a command reads: settings, or one sentence."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from restorebench.bench.evaluation.options import read_suite
from restorebench.bench.models.exported.files import card_beside
from restorebench.bench.training.experiment import read_experiment
from restorebench.bench.training.recipe import read_recipe, shipped_recipes
from restorebench.bench.verdict.tolerances import read_check_settings

from robustness.driver import Tally
from robustness.mutations import damaged_bytes, damaged_text

SUITE = """
models = ["prenet=weights/prenet.pth", "./mine.py:build[width=3]"]
datasets = ["rain100h=/data/Rain100H", "gopro[variant=blur_gamma]=/data/GOPRO_Large"]
protocol = "rain13k@1"
out = "results"
limit = 5
device = "cuda"
precision = "fp32"
tile = 256
tile_overlap = 32
seed = 1
samples = 2
"""
CARD = """
title = "Net"
task = "deraining"
year = 2026
quantiser = "half-up"
notes = ["a", "b"]
multiple_of = 8
minimum = 16
padding = "reflect"
"""
SETTINGS = """
[tool.restorebench.check]
max-drop = { psnr = 0.05, "gopro:ssim" = 0.01 }
metrics = ["psnr", "ssim"]
ambiguous = "fail"
"""


def shipped(name: str) -> str:
    return shipped_recipes()[name].read_text(encoding="utf-8")


def read_suite_and_check(path: Path) -> None:
    read_suite(path).check()


KINDS: dict[str, tuple[Callable[[], str], str, Callable[[Path], object]]] = {
    "suite": (lambda: SUITE, "suite.toml", read_suite_and_check),
    "recipe": (lambda: shipped("nano-blur"), "recipe.toml", read_recipe),
    "staged-recipe": (lambda: shipped("pde-gopro"), "recipe.toml", read_recipe),
    "experiment": (lambda: shipped("physics-verdict"), "experiment.toml", read_experiment),
    "card": (lambda: CARD, "net.card.toml", lambda path: card_beside(path.with_name("net.onnx"))),
    "check-settings": (lambda: SETTINGS, "pyproject.toml", read_check_settings),
}
"""Kind to a whole file, its name, and what reads it."""


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_settings(kind: str, tmp_path: Path, fuzzed: Callable[..., Tally]) -> None:
    text, name, reader = KINDS[kind]
    whole = text()
    place = tmp_path / name

    def mutated(draw: random.Random) -> bytes:
        if draw.random() < 0.2:
            return damaged_bytes(whole.encode(), draw)
        return damaged_text(whole, draw).encode()

    def read(content: bytes) -> None:
        place.write_bytes(content)
        reader(place)

    read(whole.encode())
    tally = fuzzed(kind, mutated, read, count=300)
    assert tally.refused > tally.tried // 10
