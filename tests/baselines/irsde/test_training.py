from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.killed_training import Dies, Killed
from restorebench.bench.errors import UsageError
from restorebench.bench.training.export import read_card
from restorebench.bench.training.recipe import DataSource, Recipe, Stage, Validation, read_recipe
from restorebench.bench.training.trainer import check_fit, train
from safetensors.torch import load_file

TINY = Recipe(
    title="tiny",
    model="irsde-nano[T=6,predicts=balanced]",
    losses={"irsde": 1.0},
    data=(DataSource("photographs-train[task=rain,count=2,size=24]"),),
    stages=(Stage(4, learning_rate=1e-3),),
    validation=Validation("photographs-train[task=rain,count=1,size=24]", every=2, limit=1, options="steps=2"),
    crop=16,
    batch=2,
    ema=0.9,
    save_every=1,
    log_every=1,
)


@pytest.mark.parametrize("loss", ["irsde", "irsde-noise"])
def test_a_killed_training_ends_with_the_same_weights(loss: str, tmp_path: Path) -> None:
    recipe = replace(TINY, losses={loss: 1.0})
    whole = train(recipe, tmp_path / "whole")
    with pytest.raises(Killed):
        train(recipe, tmp_path / "killed", progress=Dies(2))
    resumed = train(recipe, tmp_path / "killed")
    expected, actual = load_file(whole), load_file(resumed)
    assert expected.keys() == actual.keys()
    assert all(torch.equal(expected[key], actual[key]) for key in expected)
    assert read_card(whole).validation == read_card(resumed).validation
    tables = [(tmp_path / folder / "validation.csv").read_text() for folder in ("whole", "killed")]
    assert tables[0] == tables[1]


def test_it_is_not_trained_by_its_output() -> None:
    with pytest.raises(UsageError, match=r"write losses = \{ irsde = 1\.0 \} or \{ irsde-noise = 1\.0 \}"):
        check_fit(replace(TINY, losses={"charbonnier": 1.0}))


def test_the_recipe_that_ships_trains_by_maximum_likelihood() -> None:
    recipe = read_recipe("irsde-nano-rain")
    assert recipe.losses == {"irsde": 1.0}
    check_fit(recipe)
    check_fit(replace(recipe, losses={"irsde-noise": 1.0}, model="irsde-nano"))
