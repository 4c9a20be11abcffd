"""OPIR trained by recipes: with tasks, resumed, in half precision, and on its output alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.killed_training import Dies, Killed
from restorebench.bench.errors import UsageError
from restorebench.bench.training.recipe import DataSource, Recipe, Stage, read_recipe
from restorebench.bench.training.trainer import check_fit, train
from safetensors.torch import load_file
from torch import Tensor

TINY = Recipe(
    title="tiny",
    model="opir-nano",
    losses={"opir": 1.0},
    data=tuple(
        DataSource(f"photographs-train[task={task},count=2,size=24]", task=task) for task in ("rain", "snow", "haze")
    ),
    stages=(Stage(4, learning_rate=1e-3),),
    sampling="stratified",
    crop=16,
    batch=3,
    ema=0.0,
    save_every=1,
    log_every=1,
)


def rows_changed(weights: dict[str, Tensor]) -> list[bool]:
    """Whether the shifts of each task differ from their start."""
    start = torch.zeros_like(weights["task_shift"])
    start[:, 0] = 1
    return (weights["task_shift"] != start).flatten(1).any(1).tolist()


def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = load_file(train(TINY, tmp_path / "whole"))
    with pytest.raises(Killed):
        train(TINY, tmp_path / "killed", progress=Dies(2))
    resumed = load_file(train(TINY, tmp_path / "killed"))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    assert rows_changed(whole) == [False, True, True, True, False]


def test_it_trains_in_half_precision_and_without_known_tasks(tmp_path: Path) -> None:
    recipe = replace(TINY, precision="bf16", data=tuple(replace(source, task="") for source in TINY.data))
    weights = load_file(train(recipe, tmp_path))
    assert all(value.dtype == torch.float32 and value.isfinite().all() for value in weights.values())
    assert rows_changed(weights) == [True] * 5


def test_it_trains_on_its_output_alone_by_the_recipes_of_other_networks() -> None:
    check_fit(read_recipe("nano-rain", model="opir-nano"))
    with pytest.raises(UsageError, match=r"write losses = \{ opir = 1\.0 \}"):
        check_fit(replace(TINY, losses={"opir": 1.0, "charbonnier": 1.0}))


def test_an_unknown_task_is_refused_before_training() -> None:
    data = (replace(TINY.data[0], task="fog"), *TINY.data[1:])
    with pytest.raises(UsageError, match="OPIR has no task 'fog' to train on"):
        check_fit(replace(TINY, data=data))


def test_the_shipped_recipe_has_every_task_in_every_batch() -> None:
    recipe = read_recipe("opir-nano-all")
    shares = [source.weight / sum(each.weight for each in recipe.data) for source in recipe.data]
    assert [source.task for source in recipe.data] == ["rain", "snow", "haze"]
    assert recipe.sampling == "stratified"
    assert [share * recipe.batch for share in shares] == pytest.approx([3, 3, 3])
