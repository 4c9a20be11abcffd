"""OPIR's objectives against torch's distributions, and against errors whose scale is known."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from restorebench.baselines.opir import opir_nano
from restorebench.baselines.opir.objectives import TASK_WEIGHT, laplace_nll, task_loss, two_stage_loss
from restorebench.baselines.opir.stages import Stages
from restorebench.bench.errors import UsageError
from restorebench.bench.training.losses import charbonnier
from torch.nn import functional


def test_is_the_likelihood_of_laplace() -> None:
    error, scale = torch.randn(2, 3, 5, 4, dtype=torch.float64), torch.rand(2, 1, 5, 4, dtype=torch.float64) + 0.1
    expected = -torch.distributions.Laplace(torch.zeros(()).double(), scale).log_prob(error).mean()
    torch.testing.assert_close(laplace_nll(error, scale), expected)


@pytest.mark.parametrize("balance", [0.0, 1.0])
def test_the_best_scale_is_the_mean_absolute_error(balance: float) -> None:
    error = torch.tensor([0.5, -1.5, 4.0], dtype=torch.float64)
    for factor, sign in ((0.9, -1), (1.0, 0), (1.1, 1)):
        scale = torch.full((1,), 2.0 * factor, dtype=torch.float64, requires_grad=True)
        laplace_nll(error, scale, balance=balance).backward()
        assert scale.grad is not None
        assert math.copysign(1, scale.grad.item()) == sign or abs(scale.grad.item()) < 1e-12


def test_balanced_errors_have_the_gradient_of_l1() -> None:
    error = torch.randn(2, 3, 5, 4, requires_grad=True)
    laplace_nll(error, torch.rand(2, 1, 5, 4) + 0.01, balance=1).backward()
    assert error.grad is not None
    torch.testing.assert_close(error.grad, error.detach().sign() / error.numel())


def test_training_finds_the_scale_of_each_region() -> None:
    """Two halves with errors of scale 0.02 and 0.2; a logit for each half learns both."""
    halves = torch.tensor([0.02, 0.2]).view(1, 1, 1, 2).expand(1, 1, 400, 2)
    error = torch.distributions.Laplace(0.0, halves.expand(1, 3, 400, 2)).sample()
    logit = torch.zeros(1, 1, 1, 2, requires_grad=True)
    optimiser = torch.optim.Adam([logit], lr=0.05)
    for _ in range(300):
        optimiser.zero_grad()
        laplace_nll(error, Stages(error, logit, error).expected_error, balance=1).backward()
        optimiser.step()
    found = Stages(error, logit, error).expected_error.flatten()
    torch.testing.assert_close(found, error.abs().mean((0, 1, 2)), rtol=0.02, atol=0)


@pytest.mark.parametrize("guided", [True, False])
def test_both_images_count(*, guided: bool) -> None:
    target = torch.rand(1, 3, 4, 4)
    stages = Stages(target + 0.1, torch.zeros(1, 1, 4, 4), target - 0.2)
    first = laplace_nll(stages.first - target, stages.expected_error, balance=1) if guided else None
    first = charbonnier(stages.first, target) if first is None else first
    expected = charbonnier(stages.second, target) + 0.5 * first
    torch.testing.assert_close(two_stage_loss(stages, target, guided=guided), expected)


def test_unknown_tasks_are_left_out_of_the_classification() -> None:
    logits, rows = torch.randn(4, 5), torch.tensor([2, -1, 0, -1])
    expected = functional.cross_entropy(logits[[0, 2]], rows[[0, 2]])
    torch.testing.assert_close(task_loss(logits, rows), TASK_WEIGHT * expected)
    assert task_loss(logits, torch.full((4,), -1)) == 0


def gradients(network: Any, tasks: tuple[str, ...]) -> dict[str, float]:
    torch.manual_seed(0)
    network.zero_grad()
    network.training_loss(torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16), tasks).backward()
    return {name: float(p.grad.abs().sum()) for name, p in network.named_parameters() if p.grad is not None}


@pytest.fixture
def network() -> Any:
    return opir_nano().train()


def test_an_image_trains_the_parameters_of_its_task_alone(network: Any) -> None:
    gradients(network, ("rain", "haze"))
    learned = network.task_shift.grad.abs().sum((1, 2, 3)) > 0
    assert learned.tolist() == [False, True, False, True, False]
    gradients(network, ("rain", ""))
    assert (network.task_shift.grad.abs().sum((1, 2, 3)) > 0).all()


def test_without_tasks_the_classifier_learns_by_what_helps(network: Any) -> None:
    with torch.no_grad():
        network.task_shift.normal_()
    assert gradients(network, ())["classifier.ending.weight"] > 0
    network.task = "rain"
    assert "classifier.ending.weight" not in gradients(network, ())


def test_the_second_image_does_not_train_the_uncertainty(network: Any) -> None:
    """Only the likelihood does; otherwise the map would be what helps the second stage, not the error of the first."""
    degraded, target = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16)
    for learns, expected in ((True, True), (False, False)):
        stages = network.stages(degraded, learns_guidance=learns)
        (gradient,) = torch.autograd.grad(
            (stages.second - target).abs().mean(), stages.logit, allow_unused=True, retain_graph=True
        )
        assert (gradient is not None and bool(gradient.abs().sum() > 0)) == expected


def test_unknown_tasks_are_refused(network: Any) -> None:
    with pytest.raises(UsageError, match="no task 'rian' to train on: did you mean rain"):
        gradients(network, ("rian", "rain"))


def test_a_few_steps_lower_the_loss_and_learn_the_tasks(network: Any) -> None:
    """Dark and bright images as two tasks, told apart by a classifier that is trained along."""
    target = torch.rand(4, 3, 16, 16)
    degraded = torch.cat((target[:2] * 0.3, target[2:] * 0.3 + 0.7))
    tasks = ("rain", "rain", "haze", "haze")
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses: list[float] = []
    for _ in range(40):
        optimiser.zero_grad()
        loss = network.training_loss(degraded, target, tasks)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.05
    with torch.no_grad():
        assert network.infer_task(degraded).argmax(1).tolist() == [1, 1, 3, 3]


def test_objectives_by_name_are_the_loss_with_or_without_tasks(network: Any) -> None:
    degraded, target = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    with torch.no_grad():
        network.task_shift.normal_()
        with_tasks = network.objectives_for(("rain", "snow"))["opir"](degraded, target)
        assert torch.equal(with_tasks, network.training_loss(degraded, target, ("rain", "snow")))
        without = network.training_objectives["opir"](degraded, target)
        assert torch.equal(without, network.training_loss(degraded, target))
        assert without != with_tasks
