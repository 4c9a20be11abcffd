"""Training on a real GPU: precisions, layouts, compilation, and the way back after an interruption."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.gpu import NEEDS_GPU
from helpers.killed_training import Dies, Killed
from restorebench.bench.training.export import read_card
from restorebench.bench.training.recipe import Arithmetic, DataSource, Recipe, read_recipe
from restorebench.bench.training.trainer import train
from safetensors.torch import load_file

pytestmark = NEEDS_GPU


def short(iterations: int = 12, **changes: object) -> Recipe:
    """The shipped recipe for blur, shortened."""
    recipe = read_recipe("nano-blur")
    return replace(
        recipe,
        data=(DataSource("photographs-train[task=blur,count=40]"),),
        stages=(replace(recipe.stages[0], iterations=iterations, warmup=2),),
        validation=None,
        log_every=2,
        save_every=4,
        **changes,
    )


def losses(folder: Path) -> list[float]:
    with (folder / "log.csv").open(newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_few_steps_follow_those_of_a_cpu(tmp_path: Path, precision: Arithmetic):
    train(short(), tmp_path / "cpu")
    path = train(short(precision=precision), tmp_path / "gpu", device="cuda")
    cpu, gpu = losses(tmp_path / "cpu"), losses(tmp_path / "gpu")
    assert all(math.isfinite(loss) for loss in gpu)
    assert gpu[0] == pytest.approx(cpu[0], rel=1e-3 if precision == "fp32" else 2e-2)
    # Scaled gradients in fp16 overflow at first, and steps are left out until the scale fits.
    assert gpu[-1] == pytest.approx(cpu[-1], rel={"fp32": 2e-2, "bf16": 1e-1, "fp16": 5e-1}[precision])
    card = read_card(path)
    assert isinstance(card.recipe, dict)
    assert card.recipe["precision"] == precision
    assert all(bool(torch.isfinite(value).all()) for value in load_file(path).values())


def test_channels_last_follows_too(tmp_path: Path):
    train(short(), tmp_path / "plain", device="cuda")
    train(short(channels_last=True), tmp_path / "last", device="cuda")
    assert losses(tmp_path / "last") == pytest.approx(losses(tmp_path / "plain"), rel=2e-2)


@pytest.mark.filterwarnings("default")  # of the compiler
def test_compiled_follows_too(tmp_path: Path):
    train(short(6), tmp_path / "plain", device="cuda")
    path = train(short(6, compile=True), tmp_path / "compiled", device="cuda")
    assert losses(tmp_path / "compiled") == pytest.approx(losses(tmp_path / "plain"), rel=2e-2)
    assert load_file(path).keys() == load_file(tmp_path / "plain" / "weights.safetensors").keys()


def test_a_killed_training_resumes(tmp_path: Path):
    with pytest.raises(Killed):
        train(short(), tmp_path / "killed", progress=Dies(7), device="cuda")
    train(short(), tmp_path / "killed", device="cuda")
    train(short(), tmp_path / "whole", device="cuda")
    # Not to the bit: gradients on CUDA are summed in any order.
    assert losses(tmp_path / "killed") == pytest.approx(losses(tmp_path / "whole"), rel=1e-2)
