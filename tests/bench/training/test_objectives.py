from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from restorebench.bench.errors import UsageError
from restorebench.bench.training.objectives import HasObjectives, TrainingLoss
from restorebench.bench.training.recipe import Recipe
from restorebench.bench.training.trainer import check_fit, train
from safetensors.torch import load_file
from torch import Tensor, nn

NETWORK = """
import torch
from torch import nn

class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, image):
        raise RuntimeError("not in training")

    @property
    def training_objectives(self):
        def denoise(degraded, target):
            return (self.convolution(target + 0.1 * torch.randn(target.shape)) - target).abs().mean()

        return {"denoise": denoise, "small": lambda *_: self.convolution.weight.square().mean()}
"""


class Two(nn.Module):
    """Objectives that say which images they got."""

    @property
    def training_objectives(self) -> Mapping[str, Callable[[Tensor, Tensor], Tensor]]:
        return {"first": lambda degraded, _: degraded.mean(), "second": lambda _, target: target.mean()}


@pytest.fixture
def own(recipe: Recipe, tmp_path: Path) -> Recipe:
    (tmp_path / "noisy.py").write_text(NETWORK)
    losses = {"denoise": 1.0, "small": 0.1}
    return replace(recipe, model=f"{tmp_path}/noisy.py:Noisy", losses=losses, validation=None)


def test_a_sum_of_the_networks_own_objectives(recipe: Recipe) -> None:
    network = Two()
    assert isinstance(network, HasObjectives)
    loss = TrainingLoss.of(network, replace(recipe, losses={"first": 2.0, "second": 0.5}))
    degraded, target = torch.full((1, 3, 2, 2), 0.2), torch.full((1, 3, 2, 2), 0.6)
    assert float(loss(degraded, target)) == pytest.approx(2 * 0.2 + 0.5 * 0.6)
    alone = TrainingLoss.of(network, replace(recipe, losses={"second": 1.0}))
    assert float(alone(degraded, target)) == pytest.approx(0.6)


def test_other_networks_are_trained_on_their_output(recipe: Recipe) -> None:
    network = nn.Conv2d(3, 3, 1)
    assert not isinstance(network, HasObjectives)
    loss = TrainingLoss.of(network, replace(recipe, losses={"l1": 3.0}))
    degraded, target = torch.rand(2, 1, 3, 4, 4).unbind(0)
    torch.testing.assert_close(loss(degraded, target), 3 * (network(degraded) - target).abs().mean())


def test_a_killed_training_draws_the_same_noise_when_resumed(own: Recipe, tmp_path: Path) -> None:
    from .test_trainer import Dies, Killed

    whole = load_file(train(own, tmp_path / "whole"))
    for after in (5, 2):
        with pytest.raises(Killed):
            train(own, tmp_path / "killed", progress=Dies(after))
    resumed = load_file(train(own, tmp_path / "killed"))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        ({"denoize": 1.0}, r"losses of tiny: unknown key 'denoize' for .*: did you mean denoise\?"),
        ({"charbonnier": 1.0}, r"with the loss 'charbonnier', but .* write losses = \{ denoise = 1.0 \} or \{ small"),
        ({"denoise": 1.0, "l1": 0.1}, "with the loss 'l1'"),
    ],
)
def test_losses_that_the_network_is_not_trained_by(own: Recipe, losses: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_fit(replace(own, losses=losses))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("charbonier", r"losses of tiny: unknown key 'charbonier' for .*: did you mean charbonnier\?"),
        ("irsde", r"unknown key 'irsde' for .*: known are charbonnier, edge, fft, l1, psnr\.$"),
    ],
)
def test_unknown_losses_end_a_training_before_it_begins(
    recipe: Recipe, tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        train(replace(recipe, losses={name: 1.0}), tmp_path / "out")
    assert not (tmp_path / "out" / "log.csv").exists()


class Tasks(Two):
    """Objectives that count the images of a task, and an output that can be trained on as well."""

    trains_on_output = True

    def forward(self, image: Tensor) -> Tensor:
        return image + 1

    def objectives_for(self, tasks: Sequence[str]) -> Mapping[str, Callable[[Tensor, Tensor], Tensor]]:
        if "fire" in tasks:
            raise UsageError("no fire")
        return {"first": lambda *_: torch.tensor(float(tasks.count("rain")))}


def test_objectives_may_depend_on_the_tasks_of_a_batch(recipe: Recipe) -> None:
    loss = TrainingLoss.of(Tasks(), replace(recipe, losses={"first": 2.0}))
    degraded, target = torch.full((3, 3, 2, 2), 0.2), torch.full((3, 3, 2, 2), 0.6)
    assert float(loss(degraded, target, ("rain", "", "rain"))) == 4
    for unknown in ((), ("", "", "")):
        assert float(loss(degraded, target, unknown)) == pytest.approx(0.4)
    plain = TrainingLoss.of(Two(), replace(recipe, losses={"first": 2.0}))
    assert float(plain(degraded, target, ("rain", "", "rain"))) == pytest.approx(0.4)


def test_a_network_may_also_be_trained_on_its_output(recipe: Recipe) -> None:
    loss = TrainingLoss.of(Tasks(), replace(recipe, losses={"l1": 3.0}))
    degraded, target = torch.full((3, 3, 2, 2), 0.2), torch.full((3, 3, 2, 2), 0.6)
    assert float(loss(degraded, target, ("rain", "", ""))) == pytest.approx(3 * 0.6)
    with pytest.raises(UsageError, match="has its own training objective"):
        TrainingLoss.of(Tasks(), replace(recipe, losses={"l1": 3.0, "first": 1.0}))


def test_tasks_that_the_network_lacks_are_refused_before_training(recipe: Recipe) -> None:
    data = (replace(recipe.data[0], task="fire"),)
    with pytest.raises(UsageError, match="no fire"):
        TrainingLoss.of(Tasks(), replace(recipe, losses={"first": 1.0}, data=data))
