from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.runs.run import load_run
from restorebench.bench.training.experiment import Workplace, read_experiment, run_experiment
from restorebench.bench.training.export import WeightsCard
from restorebench.bench.training.recipe import read_recipe
from restorebench.bench.training.results import Results
from restorebench.bench.training.trainer import check_fit
from restorebench.reports.physics.verdict_page import verdict_lines

EXPERIMENTS = {
    "physics-verdict": ("nafnet-nano", "nafnet-nano+pde"),
    "physics-ablation": ("nafnet-nano", "nafnet-nano+pde"),
    "physics-families": ("{family}-nano", "{family}-nano+pde"),
    "physics-progressive": ("nafnet-nano+pde[steps=8]", "nafnet-nano+pde"),
    "transport": ("nafnet-nano", "nafnet-nano+pde-global"),
    "all-in-one": ("NAFNet-nano, all tasks", "OPIR-nano, task given"),
    "irsde-objectives": ("noise matching", "maximum likelihood"),
}
"""Their base, and what they ask about; the family begins the name of each study's first arm."""

RECIPE = """
title = "short"
model = "nafnet-nano"
crop = 16
batch = 1
ema = 0.0
[[data]]
source = "paired={pairs}"
[[stages]]
iterations = 3
solver_steps = 1
learning_rate = 1e-2
[[stages]]
iterations = 2
solver_steps = 8
"""

FIXED = RECIPE.replace("solver_steps = 1\n", "").replace("solver_steps = 8\n", "").replace("short", "fixed")

EXPERIMENT = """
title = "Tried"
seeds = [3, 5]
[[studies]]
task = "darkness"
recipe = "{folder}/short.toml"
arms = [
    {{ model = "nafnet-nano" }},
    {{ model = "nafnet-nano+pde[front=lite]" }},
    {{ model = "nafnet-nano+pde[front=lite,steps=1]", recipe = "{folder}/fixed.toml" }},
]
tests = ["paired={{pairs}}", "rain100h={{elsewhere}}"]
"""


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    (tmp_path / "short.toml").write_text(RECIPE)
    (tmp_path / "fixed.toml").write_text(FIXED)
    path = tmp_path / "tried.toml"
    path.write_text(EXPERIMENT.format(folder=tmp_path))
    return path


def run(experiment: Path, out: Path, pairs: Path) -> list[Results]:
    return list(run_experiment(read_experiment(experiment), Workplace(out, roots={"pairs": str(pairs)})))


def psnrs(out: Path, seed: int, model: str) -> dict[str, float]:
    scores = load_run(out / "eval" / f"seed{seed}" / "paired" / model).scores
    return dict(zip(scores["key"], scores["psnr"], strict=True))


def solver_steps(card: WeightsCard) -> tuple[object, ...]:
    """Of each stage that the weights were trained in."""
    stages: Any = card.recipe["stages"] if isinstance(card.recipe, dict) else ()
    return tuple(stage["solver_steps"] for stage in stages)


@pytest.mark.slow
def test_results_are_those_of_the_run_folders(experiment: Path, tmp_path: Path, pairs: Path) -> None:
    out = tmp_path / "out"
    first, results = run(experiment, out, pairs)
    assert (first.seeds, results.seeds) == ((3,), (3, 5))
    base, physics = (
        [psnrs(out, seed, model) for seed in (3, 5)] for model in ("nafnet-nano", "nafnet-nano+pde-front-lite")
    )
    level = next(each for each in results.levels if each.model == "nafnet-nano" and each.metric == "psnr")
    means = [fmean(each.values()) for each in base]
    assert level.mean == pytest.approx(fmean(means))
    assert level.spread == pytest.approx(stdev(means))
    assert level.images == 4
    gain = next(each for each in results.differences if each.metric == "psnr")
    assert (gain.first, gain.second) == ("nafnet-nano", "nafnet-nano+pde[front=lite]")
    by_hand = [fmean(two[key] - one[key] for key in one) for one, two in zip(base, physics, strict=True)]
    assert gain.per_seed == pytest.approx(by_hand)
    assert gain.mean == pytest.approx(fmean(by_hand))
    assert gain.low is not None
    assert gain.high is not None
    assert gain.low < gain.mean < gain.high
    assert {(each.first, each.second) for each in results.differences} == {
        ("nafnet-nano", "nafnet-nano+pde[front=lite]"),
        ("nafnet-nano+pde[front=lite,steps=1]", "nafnet-nano+pde[front=lite]"),
        ("nafnet-nano", "nafnet-nano+pde[front=lite,steps=1]"),
    }
    assert {card.seed for card in results.cards} == {3, 5}
    assert {(card.model, solver_steps(card)) for card in results.cards} == {
        ("nafnet-nano", (1, 8)),
        ("nafnet-nano+pde[front=lite]", (1, 8)),
        ("nafnet-nano+pde[front=lite,steps=1]", (None, None)),
    }
    trained = {
        path.parent.relative_to(out / "train").as_posix() for path in out.glob("train/*/*/*/weights.safetensors")
    }
    assert trained == {
        f"{place}/seed{seed}"
        for seed in (3, 5)
        for place in (
            "short/nafnet-nano",
            "short/nafnet-nano+pde-front-lite",
            "fixed/nafnet-nano+pde-front-lite-steps-1",
        )
    }
    again = run(experiment, out, pairs)[-1]
    assert again.levels == results.levels
    page = "\n".join(verdict_lines(results))
    assert re.search(
        rf"\| darkness \| paired \| rgb@1 \| 4 \| nafnet-nano \| {level.mean:.2f} ± {level.spread:.3f} \|", page
    )
    assert f"| {gain.mean:+.3f} | {gain.low:+.3f} to {gain.high:+.3f} |" in page
    assert "Seeds 3, 5." in page
    assert "Seed 3; 1 not finished." in "\n".join(verdict_lines(first))


def test_what_cannot_be_evaluated_is_refused_before_training(experiment: Path, tmp_path: Path) -> None:
    study = read_experiment(experiment).studies[0]
    only = replace(read_experiment(experiment), studies=(replace(study, tests=("rain100h={elsewhere}",)),))
    with pytest.raises(UsageError, match="darkness has no data set to evaluate on"):
        list(run_experiment(only, Workplace(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = [3, 5]", "seeds = [3, 3]", "a seed or a task twice"),
        ("seeds = [3, 5]", "seeds = []", "at least one"),
        ("\narms", "\narm", r"studies 1 has the unknown key 'arm': did you mean arms\?"),
        ("{ model", "{ modell", r"studies 1: arms 1 has the unknown key 'modell': did you mean model\?"),
        ('"nafnet-nano+pde[front=lite]"', '"nafnet-nano"', "darkness of 'Tried' has an arm twice"),
    ],
)
def test_mistakes_are_told(experiment: Path, old: str, new: str, message: str) -> None:
    experiment.write_text(experiment.read_text().replace(old, new, 1))
    with pytest.raises(UsageError, match=message):
        read_experiment(experiment)


def test_a_single_arm_is_no_experiment(experiment: Path) -> None:
    text = experiment.read_text()
    experiment.write_text(re.sub(r"    \{ model = .*\+pde.*\n", "", text))
    with pytest.raises(UsageError, match="darkness of 'Tried' needs two arms at least"):
        read_experiment(experiment)


def test_a_model_that_does_not_fit_its_recipe_is_refused_before_training(experiment: Path, tmp_path: Path) -> None:
    experiment.write_text(experiment.read_text().replace("/fixed.toml", "/short.toml"))
    with pytest.raises(UsageError, match=r"solver_steps = 8, but the model runs with 1"):
        run(experiment, tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


TITLED = """
title = "Titled"
seeds = [3]
overall = "both"
[[studies]]
task = "one"
recipe = "{folder}/fixed.toml"
arms = [
    {{ title = "short", model = "nafnet-nano" }},
    {{ title = "long", model = "nafnet-nano", recipe = "{folder}/longer.toml" }},
    {{ title = "few steps", model = "nafnet-nano+pde", evaluated = "nafnet-nano+pde[steps=2]" }},
]
tests = ["paired={{pairs}}"]
[[studies]]
task = "two"
recipe = "{folder}/fixed.toml"
arms = [
    {{ title = "short", model = "nafnet-nano" }},
    {{ title = "long", model = "nafnet-nano", recipe = "{folder}/longer.toml" }},
    {{ title = "few steps", model = "nafnet-nano+pde" }},
]
tests = ["paired={{pairs}}"]
"""


@pytest.fixture
def titled(experiment: Path) -> Path:
    (experiment.parent / "longer.toml").write_text(FIXED.replace("iterations = 3", "iterations = 5"))
    path = experiment.with_name("titled.toml")
    path.write_text(TITLED.format(folder=experiment.parent))
    return path


@pytest.mark.slow
def test_titles_tell_trainings_of_one_model_apart(titled: Path, tmp_path: Path, pairs: Path) -> None:
    out = tmp_path / "out"
    (results,) = run(titled, out, pairs)
    folders = {path.parent.relative_to(out).as_posix() for path in out.glob("eval/*/*/*/*/run.json")}
    assert folders == {
        f"eval/seed3/{place}"
        for place in (
            "short/paired/nafnet-nano",
            "long/paired/nafnet-nano",
            "few-steps/paired/nafnet-nano+pde-steps-2",
            "few-steps/paired/nafnet-nano+pde",
        )
    }
    levels = {(each.task, each.model): each for each in results.levels if each.metric == "psnr"}
    assert levels["one", "short"].mean != levels["one", "long"].mean
    assert levels["one", "short"].mean == levels["two", "short"].mean
    for arm in ("short", "long", "few steps"):
        both = levels["both", arm]
        assert both.mean == pytest.approx(fmean([levels["one", arm].mean, levels["two", arm].mean]))
    assert "| both | paired + paired | rgb@1 |" in "\n".join(verdict_lines(results))


def test_a_mean_over_studies_needs_the_same_arms(titled: Path) -> None:
    text = titled.read_text()
    titled.write_text(text[: text.rindex("few steps")] + "other" + text[text.rindex("few steps") + 9 :])
    with pytest.raises(UsageError, match=r"averages over all studies \(both\), which need the same arms"):
        read_experiment(titled)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_shipped_experiments_are_sound(name: str) -> None:
    experiment = read_experiment(name)
    assert len(experiment.seeds) >= 3
    for study in experiment.studies:
        family = study.names[0].partition("-")[0]
        assert study.names[:2] == tuple(each.format(family=family) for each in EXPERIMENTS[name])
        for arm in study.arms:
            check_fit(read_recipe(arm.recipe or study.recipe, model=arm.model))


def test_the_recipes_of_irsde_differ_in_the_objective_alone() -> None:
    likelihood, matching = read_recipe("irsde-nano-rain"), read_recipe("irsde-nano-rain-matching")
    assert (likelihood.losses, matching.losses) == ({"irsde": 1.0}, {"irsde-noise": 1.0})
    assert replace(likelihood, losses=matching.losses, title=matching.title) == matching


def test_the_fixed_recipe_differs_in_the_steps_alone() -> None:
    progressive, fixed = read_recipe("nano-blur"), read_recipe("nano-blur-fixed")
    assert [stage.solver_steps for stage in progressive.stages] == [1, 2, 4, 8]
    unset = tuple(replace(stage, solver_steps=None) for stage in progressive.stages)
    assert replace(progressive, stages=unset, title=fixed.title, model=fixed.model) == fixed
