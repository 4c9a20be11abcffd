from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.baselines.trained import WEIGHTS
from restorebench.bench.datasets import open_dataset
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.models.loading import load_model
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.training.export import read_card
from restorebench.bench.training.recipe import read_recipe

TASKS = {"deblur": ("quickstart-blur", 2.0), "derain": ("quickstart-rain", 4.0)}
MODELS = ["irsde-nano-derain", *(f"nafnet-nano-{task}{suffix}" for task in TASKS for suffix in ("", "+pde"))]


@pytest.mark.parametrize("name", MODELS)
def test_the_card_of_each_file_says_what_it_may_have_seen(name: str):
    card = read_card(WEIGHTS / f"{name}.safetensors")
    assert parse_spec(card.model).name == name.replace("-deblur", "").replace("-derain", "")
    seen = {data.name.partition("[")[0] for data in card.data}
    assert seen <= {"photographs-train", "paired"}
    assert all(data.pairs in {18, 100} for data in card.data if data.name.startswith("paired"))  # GoPro, REDS
    assert card.environment.commit
    assert card.iterations in {3000, 4000, 18000}


@pytest.mark.parametrize("suffix", ["", "+pde"])
@pytest.mark.parametrize("task", TASKS)
def test_it_beats_the_degraded_image_by_a_margin_that_anyone_can_see(task: str, suffix: str, tmp_path: Path):
    name, margin = TASKS[task]
    dataset = open_dataset(name)
    degraded = evaluate("identity", dataset, out=tmp_path).summary.metrics["psnr"].mean
    restored = evaluate(f"nafnet-nano-{task}{suffix}", dataset, out=tmp_path).summary.metrics["psnr"].mean
    assert degraded is not None
    assert restored is not None
    assert restored > degraded + margin


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "steps", "limit"), [("", 5, None), ("[steps=10]", 10, None), ("[sampler=sde,steps=10]", 10, 2)]
)
def test_sampled_restorations_beat_the_degraded_image(options: str, steps: int, limit: int | None, tmp_path: Path):
    dataset, control = open_dataset("quickstart-rain"), Control(save_images="none", limit=limit)
    degraded = evaluate("identity", dataset, out=tmp_path, control=control).summary.metrics["psnr"].mean
    run = evaluate(f"irsde-nano-derain{options}", dataset, out=tmp_path, control=control)
    assert degraded is not None
    restored = run.summary.metrics["psnr"].mean
    assert restored is not None
    assert restored > degraded + (2 if "sde" in options else 3)
    settings = run.info.model.settings
    assert (settings["sampler"], settings["T"]) == ("sde" if "sde" in options else "posterior", 100)
    assert settings["steps"] == steps
    assert run.info.plan.settings["seed"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "dataset", "margin"),
    [
        ("nafnet-nano-desnow", "quickstart-snow", 3),
        ("nafnet-nano-desnow+pde", "quickstart-snow", 3),
        ("nafnet-nano-dehaze", "quickstart-haze", 3),
        ("nafnet-nano-dehaze+pde", "quickstart-haze", 3),
        ("opir-nano-all[task=rain]", "quickstart-rain", 4),
        ("opir-nano-all[task=snow]", "quickstart-snow", 3),
        ("opir-nano-all[task=haze]", "quickstart-haze", 3),
        ("irsde-nano-denoise", "quickstart-noise", 5),
        ("irsde-nano-denoise[sampler=posterior,steps=1]", "quickstart-noise", 5),
    ],
)
def test_the_other_networks_do_too(model: str, dataset: str, margin: float, tmp_path: Path) -> None:
    control = Control(save_images="none")
    means = [
        evaluate(name, open_dataset(dataset), out=tmp_path, control=control).summary.metrics["psnr"].mean
        for name in ("identity", model)
    ]
    degraded, restored = (mean for mean in means if mean is not None)
    assert restored > degraded + margin


@pytest.mark.parametrize(
    ("name", "recipe", "model"),
    [
        ("nafnet-nano-desnow", "nano-snow", None),
        ("nafnet-nano-desnow+pde", "nano-snow", "nafnet-nano+pde"),
        ("nafnet-nano-dehaze", "nano-haze", None),
        ("nafnet-nano-dehaze+pde", "nano-haze", "nafnet-nano+pde"),
        ("opir-nano-all", "opir-nano-all", None),
        ("irsde-nano-denoise", "irsde-nano-noise", None),
    ],
)
def test_the_recipes_are_those_that_ship(name: str, recipe: str, model: str | None) -> None:
    card = read_card(WEIGHTS / f"{name}.safetensors")
    assert card.recipe_sha256 == read_recipe(recipe, model=model).sha256
    assert all(data.name.startswith("photographs-train") for data in card.data)


def test_the_recipe_of_the_sampling_network_is_the_one_that_ships():
    card = read_card(WEIGHTS / "irsde-nano-derain.safetensors")
    assert card.recipe_sha256 == read_recipe("irsde-nano-rain").sha256
    assert parse_spec(card.model).options == {"predicts": "balanced"}
    assert not any(data.name.startswith("paired") for data in card.data)


def test_a_shipped_network_needs_no_file():
    restorer = load_model("nafnet-nano-derain")
    assert restorer.card.needs_weights
    assert "scikit-image" in restorer.card.notes[0]
