from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.killed_training import Dies, Killed
from helpers.waiting import wait_until
from restorebench.bench.errors import CheckpointError, PlanMismatchError, TrainingError, UsageError
from restorebench.bench.terminal.progress import Silent
from restorebench.bench.training.export import read_card
from restorebench.bench.training.recipe import DataSource, Recipe, Stage
from restorebench.bench.training.trainer import train
from safetensors.torch import load_file

TIMES = ("seconds", "iterations_per_second", "waiting")
"""Columns of the log that no two runs share."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [{key: value for key, value in row.items() if key not in TIMES} for row in csv.DictReader(file)]


@pytest.mark.parametrize("deaths", [(1,), (3,), (5, 2), (8,), (11,)])
def test_a_killed_training_ends_with_the_same_weights(recipe: Recipe, tmp_path: Path, deaths: tuple[int, ...]) -> None:
    whole = load_file(train(recipe, tmp_path / "whole"))
    for after in deaths:
        with pytest.raises(Killed):
            train(recipe, tmp_path / "killed", progress=Dies(after))
    resumed = load_file(train(recipe, tmp_path / "killed"))
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    for name in ("log.csv", "validation.csv"):
        assert rows(tmp_path / "whole" / name) == rows(tmp_path / "killed" / name)


class Interrupts(Silent):
    """Sends this process a signal in some iterations."""

    def __init__(self, number: int, *iterations: int) -> None:
        self.number, self.iterations, self.done = number, iterations, 0

    def advance(self) -> None:
        self.done += 1
        if self.done in self.iterations:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [1, 2, 7, 12])
def test_an_interrupted_training_loses_nothing(recipe: Recipe, tmp_path: Path, number: int, after: int) -> None:
    late = replace(recipe, save_every=1000)  # no checkpoint before the interruption
    whole = load_file(train(late, tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt, match=rf"after iteration {after} of 12, which is saved in .*state\.pt\."):
        train(late, tmp_path / "out", progress=Interrupts(number, after))
    seen = Interrupts(number)
    resumed = load_file(train(late, tmp_path / "out", progress=seen))
    assert seen.done == 12 - after
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    for name in ("log.csv", "validation.csv"):
        assert rows(tmp_path / "whole" / name) == rows(tmp_path / "out" / name)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_command_says_what_an_interruption_keeps(recipe: Recipe, tmp_path: Path, number: int, code: int) -> None:
    toml, out = tmp_path / "recipe.toml", tmp_path / "out"
    toml.write_text(
        f'title = "tiny"\nmodel = "{recipe.model}"\ncrop = 16\nsave_every = 100000\nlog_every = 1\n'
        f'[[data]]\nsource = "{recipe.data[0].source}"\n[[stages]]\niterations = 100000\n'
    )
    command = [sys.executable, "-c", "from restorebench.bench.cli import main; raise SystemExit(main())", "train"]
    with subprocess.Popen(  # noqa: S603 -- our own
        [*command, str(toml), "--device", "cpu", "--out", str(out)], stderr=subprocess.PIPE, text=True
    ) as process:
        wait_until(lambda: (out / "log.csv").exists() and len(rows(out / "log.csv")) > 1, seconds=120)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    assert process.returncode == code
    assert f"is saved in {out / 'state.pt'}. Run the same command again to go on." in said
    assert (out / "state.pt").exists()


@pytest.mark.slow
def test_a_training_survives_kill_9(recipe: Recipe, tmp_path: Path) -> None:
    toml = tmp_path / "recipe.toml"
    long = replace(recipe, stages=(replace(recipe.stages[0], iterations=400),), save_every=5)
    toml.write_text(
        f'title = "tiny"\nmodel = "{long.model}"\ncrop = 16\nsave_every = 5\nema = 0.9\n'
        f'[[data]]\nsource = "{long.data[0].source}"\n[[stages]]\niterations = 400\n'
    )
    command = [sys.executable, "-c", "from restorebench.bench.cli import main; raise SystemExit(main())", "train"]
    folders = [tmp_path / "whole", tmp_path / "killed"]
    with subprocess.Popen([*command, str(toml), "--device", "cpu", "--out", str(folders[1])]) as process:  # noqa: S603 -- own code
        wait_until((folders[1] / "state.pt").exists, seconds=120)
        process.kill()
    assert not (folders[1] / "weights.safetensors").exists()
    for folder in folders:
        subprocess.run([*command, str(toml), "--device", "cpu", "--out", str(folder)], check=True)  # noqa: S603 -- own code
    whole, resumed = (load_file(folder / "weights.safetensors") for folder in folders)
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_it_learns(recipe: Recipe, tmp_path: Path) -> None:
    longer = replace(recipe, validation=None, stages=(Stage(150, learning_rate=2e-2),), ema=0.0)
    train(longer, tmp_path / "out")
    log = rows(tmp_path / "out" / "log.csv")
    assert float(log[-1]["loss"]) < 0.7 * float(log[0]["loss"])
    assert len(log) == 75


def test_what_is_left_behind(recipe: Recipe, tmp_path: Path) -> None:
    weights = train(recipe, tmp_path / "out")
    assert [row["iteration"] for row in rows(tmp_path / "out" / "validation.csv")] == ["4", "8", "12"]
    assert {row["stage"] for row in rows(tmp_path / "out" / "log.csv")} == {"1", "2"}
    assert (tmp_path / "out" / "curves.png").read_bytes().startswith(b"\x89PNG")
    card = read_card(weights)
    assert (card.seed, card.iterations, card.recipe_sha256) == (0, 12, recipe.sha256)
    assert card.data[0].pairs == 4
    assert card.environment.packages["torch"] == torch.__version__.partition("+")[0]
    assert card.validation["psnr"] == pytest.approx(
        float(rows(tmp_path / "out" / "validation.csv")[-1]["psnr"]), abs=1e-4
    )
    assert isinstance(card.recipe, dict)
    assert card.recipe["title"] == "tiny"


def test_validation_is_what_an_evaluation_of_the_weights_gives(recipe: Recipe, tmp_path: Path, pairs: Path) -> None:
    from restorebench.bench import Control, evaluate, open_dataset

    weights = train(recipe, tmp_path / "out")
    dataset = open_dataset("paired", pairs)
    run = evaluate(recipe.model, dataset, out=tmp_path / "run", weights=weights, control=Control(limit=2))
    assert run.summary.metrics["psnr"].mean == pytest.approx(read_card(weights).validation["psnr"], abs=1e-6)


def test_seeds_differ_and_repeat(recipe: Recipe, tmp_path: Path) -> None:
    one, same, other = (
        load_file(train(replace(recipe, seed=seed), tmp_path / name))
        for name, seed in (("one", 0), ("same", 0), ("other", 1))
    )
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not any(torch.equal(one[key], other[key]) for key in one)


def test_a_finished_training_is_left_alone(recipe: Recipe, tmp_path: Path) -> None:
    weights = train(recipe, tmp_path / "out")
    before = weights.stat().st_mtime_ns
    assert train(recipe, tmp_path / "out", progress=Dies(1)) == weights
    assert weights.stat().st_mtime_ns == before


def test_a_finished_training_needs_no_checkpoint(recipe: Recipe, tmp_path: Path) -> None:
    weights = train(recipe, tmp_path / "out")
    before = weights.stat().st_mtime_ns
    (tmp_path / "out" / "state.pt").unlink()
    assert train(recipe, tmp_path / "out", progress=Dies(1)) == weights
    assert weights.stat().st_mtime_ns == before


def test_finished_weights_that_are_damaged_are_not_passed_on(recipe: Recipe, tmp_path: Path) -> None:
    weights = train(recipe, tmp_path / "out")
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is not a readable safetensors file"):
        train(recipe, tmp_path / "out")


def test_another_recipe_in_the_same_folder_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "out")
    with pytest.raises(PlanMismatchError, match="another recipe, with another seed or on other data"):
        train(replace(recipe, seed=1), tmp_path / "out")


def test_another_recipe_is_refused_before_the_first_training_has_ended(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(replace(recipe, save_every=1), tmp_path / "out", progress=Dies(3))
    with pytest.raises(PlanMismatchError, match="another recipe, seed, device or data"):
        train(replace(recipe, save_every=1, seed=1), tmp_path / "out")


def test_a_loss_that_is_no_number_ends_the_training(recipe: Recipe, tmp_path: Path) -> None:
    wild = replace(recipe, stages=(Stage(40, optimiser="sgd", learning_rate=1e30),), clip=None)
    with pytest.raises(TrainingError, match=r"loss of tiny is (nan|inf) at iteration"):
        train(wild, tmp_path / "out")


PHYSICS = Recipe(
    title="physics",
    model="nafnet-nano+pde[steps=4,front=lite]",
    data=(DataSource("photographs-train[count=2,size=32]"),),
    stages=(Stage(2, solver_steps=1, base="frozen"), Stage(2, solver_steps=2), Stage(1, solver_steps=4)),
    crop=16,
    batch=1,
    log_every=1,
    save_every=1,
    ema=0.0,
)


def test_stages_raise_the_steps_and_free_the_base(tmp_path: Path) -> None:
    frozen = replace(PHYSICS, stages=(Stage(3, base="frozen"),))
    untouched = load_file(train(replace(frozen, stages=(Stage(1, base="frozen"),)), tmp_path / "short"))
    weights = load_file(train(frozen, tmp_path / "frozen"))
    changed = {key for key in weights if not torch.equal(weights[key], untouched[key])}
    assert changed
    assert all(key.startswith("physics.") for key in changed)
    resumed = tmp_path / "resumed"
    with pytest.raises(Killed):
        train(PHYSICS, resumed, progress=Dies(3))
    train(PHYSICS, resumed)
    assert [(row["stage"], row["solver_steps"]) for row in rows(resumed / "log.csv")] == [
        ("1", "1"),
        ("1", "1"),
        ("2", "2"),
        ("2", "2"),
        ("3", "4"),
    ]


def test_base_physics_and_control_begin_alike_and_see_the_same_patches(tmp_path: Path) -> None:
    first: dict[str, str] = {}
    for name in ("nafnet-nano", "nafnet-nano+pde", "nafnet-nano+conv"):
        train(replace(PHYSICS, model=name, stages=(Stage(1),)), tmp_path / name)
        first[name] = rows(tmp_path / name / "log.csv")[0]["loss"]
    assert len(set(first.values())) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "nafnet-nano", "stages": (Stage(1, base="frozen"),)}, "nothing was added to nafnet-nano"),
        ({"model": "nafnet-nano+pde"}, r"write model = 'nafnet-nano\+pde\[steps=4\]'"),
        ({"model": "restormer-nano", "stages": (Stage(1),), "crop": 20}, "patches of 20 pixels, but .* needs 8s"),
        ({"precision": "fp16"}, "fp16, which needs a GPU"),
        ({"data": (DataSource("paired={reds}"),)}, r"trains on paired=\{reds\}: say where that is with --root"),
        ({"data": (DataSource("paired={reds}", optional=True),)}, "nothing to train on"),
        ({"model": "identity", "stages": (Stage(1),)}, "identity has nothing to train"),
    ],
)
def test_recipes_that_cannot_work_are_refused(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        train(replace(PHYSICS, **changes), tmp_path / "out")


def test_roots_fill_the_names_in_sources(recipe: Recipe, tmp_path: Path, pairs: Path) -> None:
    named = replace(recipe, data=(DataSource("paired={mine}"), DataSource("paired={yours}", optional=True)))
    card = read_card(train(named, tmp_path / "out", roots={"mine": str(pairs)}))
    assert [each.name for each in card.data] == ["paired"]
    assert json.dumps(card.recipe).count(str(pairs)) == 1  # of the validation, which was given as a path


def test_half_precision_trains_on_a_cpu_too(recipe: Recipe, tmp_path: Path) -> None:
    weights = load_file(train(replace(recipe, precision="bf16"), tmp_path / "out"))
    assert all(value.dtype == torch.float32 for value in weights.values())
