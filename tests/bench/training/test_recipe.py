from __future__ import annotations

import math
from pathlib import Path

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.training.recipe import Stage, fill_in, read_recipe, shipped_recipes
from restorebench.bench.training.schedule import learning_rate, stage_at
from restorebench.bench.training.trainer import check_fit

GOOD = """
title = "mine"
model = "nafnet-nano"
losses = { charbonnier = 1, fft = 0.1 }

[[data]]
source = "photographs-train"

[validation]
source = "quickstart-blur"

[[stages]]
iterations = 10
betas = [0.9, 0.9]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    return path


def test_a_recipe_is_read(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, GOOD), seed=7, model="nafnet-nano+pde")
    assert (recipe.seed, recipe.model) == (7, "nafnet-nano+pde")
    assert read_recipe(written(tmp_path, GOOD)).model == "nafnet-nano"
    assert recipe.stages == (Stage(10, betas=(0.9, 0.9)),)
    assert recipe.losses == {"charbonnier": 1.0, "fft": 0.1}
    assert recipe.validation is not None
    assert recipe.validation.every == 1000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title", "titel", r"unknown key 'titel': did you mean title\?"),
        ("iterations", "iteration", r"stages 1 has the unknown key 'iteration': did you mean iterations\?"),
        ('source = "quick', 'sorce = "quick', r"validation has the unknown key 'sorce': did you mean source\?"),
        ("[validation]", "wieght = 2\n[validation]", r"data 1 has the unknown key 'wieght': did you mean weight\?"),
        ("[validation]", "[validaton]", r"has the unknown key 'validaton': did you mean validation\?"),
        (
            "betas = [0.9, 0.9]",
            'optimiser = "adamW"',
            r"stages\[0\]\.optimiser: unknown value 'adamW': did you mean adamw or adam\?$",
        ),
        ("betas = [0.9, 0.9]", 'precision = "x"', "unknown key 'precision'"),
        ("iterations = 10", 'iterations = "ten"', r"stages\[0\]\.iterations: expected an integer, got a text\.$"),
        ("iterations = 10", "iterations = 0", "iterations of a stage = 0"),
        ("iterations = 10", "iterations = 10\nsolver_steps = 0", "solver_steps of a stage = 0"),
        ("title", "batch = 0\ntitle", "batch = 0, but it must be at least 1"),
        ("title", "ema = 1.0\ntitle", "ema = 1.0"),
        ("[[stages]]", "[stages]", "stages: expected a list, got a table"),
        ('title = "mine"', "", "title is missing"),
        ("model", "model = =", "is not a TOML file"),
    ],
)  # fmt: skip -- one case a line
def test_mistakes_are_told_where_they_are(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_recipe(written(tmp_path, GOOD.replace(old, new, 1)))


def test_absent_recipes(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no recipe .*none\.toml: correct the path"):
        read_recipe(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="There is no recipe 'nano-blurr': did you mean nano-blur"):
        read_recipe("nano-blurr")


def test_the_hash_is_of_everything(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, GOOD))
    assert recipe.sha256 == read_recipe(written(tmp_path, GOOD)).sha256
    assert recipe.sha256 != read_recipe(written(tmp_path, GOOD), seed=1).sha256
    assert recipe.sha256 != read_recipe(written(tmp_path, GOOD.replace("10", "11"))).sha256


def test_recipes_without_validation_options_have_the_hash_of_the_shipped_weights(tmp_path: Path) -> None:
    from restorebench.baselines.trained import WEIGHTS
    from restorebench.bench.training.export import read_card

    card = read_card(WEIGHTS / "nafnet-nano-derain.safetensors")
    assert read_recipe("nano-rain").sha256 == card.recipe_sha256
    options = GOOD.replace('source = "quickstart-blur"', 'source = "quickstart-blur"\noptions = "steps=4"')
    assert read_recipe(written(tmp_path, options)).sha256 != read_recipe(written(tmp_path, GOOD)).sha256


def test_options_of_a_gpu_replace_those_of_the_recipe_and_belong_to_its_hash(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    plain = read_recipe(path)
    fast = read_recipe(path, precision="bf16", channels_last=True, compiled=True)
    assert (fast.precision, fast.channels_last, fast.compile) == ("bf16", True, True)
    assert (plain.precision, plain.channels_last, plain.compile) == ("fp32", False, False)
    others = [
        read_recipe(path, precision="bf16"),
        read_recipe(path, channels_last=True),
        read_recipe(path, compiled=True),
    ]
    assert len({each.sha256 for each in (plain, fast, *others)}) == 5
    in_file = read_recipe(
        written(tmp_path, GOOD.replace("title", 'precision = "bf16"\nchannels_last = true\ntitle', 1))
    )
    assert (in_file.precision, in_file.channels_last) == ("bf16", True)


def test_stages_follow_each_other() -> None:
    stages = (Stage(2), Stage(3))
    assert [stage_at(stages, number) for number in range(5)] == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    with pytest.raises(IndexError):
        stage_at(stages, 5)


def test_the_learning_rate_warms_up_and_falls_to_its_end() -> None:
    stage = Stage(100, learning_rate=1.0, final_learning_rate=0.1, warmup=9)
    rates = [learning_rate(stage, number) for number in range(100)]
    assert rates[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert rates[9] == 1.0
    assert rates[-1] == pytest.approx(0.1, abs=1e-3)
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert learning_rate(stage, 100) == pytest.approx(0.1)


def test_names_in_sources() -> None:
    assert fill_in("a={x}/{y}", {"x": "1", "y": "2"}) == "a=1/2"
    assert fill_in("a={x}/{y}", {"x": "1"}) is None


EXPERIMENTS = {
    "all-in-one",
    "irsde-objectives",
    "physics-ablation",
    "physics-families",
    "physics-progressive",
    "physics-verdict",
    "transport",
}


@pytest.mark.parametrize("name", sorted(set(shipped_recipes()) - EXPERIMENTS))
def test_shipped_recipes_fit_their_models(name: str) -> None:
    check_fit(read_recipe(name))


FULL = {
    "nafnet-gopro": (200_000, {256: 32}),
    "restormer-gopro": (300_000, {128: 64, 160: 40, 192: 32, 256: 16, 320: 8, 384: 8}),
    "fftformer-gopro": (600_000, {256: 16}),
    "stripformer-gopro": ((3000 + 1000) * -(-2103 // 8), {256: 8, 512: 8}),
}
"""Iterations, and patches a batch by their side, as the official files and authors have them."""


@pytest.mark.parametrize("name", FULL)
def test_recipes_of_the_full_networks_are_those_of_their_authors(name: str) -> None:
    recipe = read_recipe(name)
    batches = {stage.crop or recipe.crop: stage.batch or recipe.batch for stage in recipe.stages}
    assert (recipe.iterations, batches) == FULL[name]


def test_restormers_learning_rate_follows_its_cosine() -> None:
    """3e-4 for 92,000 iterations, then half a cosine of 208,000 down to 1e-6; in five pieces, 6 % apart at most."""
    stages = read_recipe("restormer-gopro").stages
    apart: list[float] = []
    for iteration in range(0, 300_000, 500):
        index, within = stage_at(stages, iteration)
        share = max(0, iteration - 92_000) / 208_000
        theirs = 1e-6 + (3e-4 - 1e-6) * (1 + math.cos(math.pi * share)) / 2
        apart.append(abs(learning_rate(stages[index], within) - theirs) / 3e-4)
        if within == 0:
            assert apart[-1] < 1e-3
    assert 0.05 < max(apart) < 0.065
