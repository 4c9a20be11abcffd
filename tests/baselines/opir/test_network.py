from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.opir import opir, opir_nano
from restorebench.baselines.opir.stages import Stages
from restorebench.baselines.opir.tasks import TASKS
from restorebench.bench.errors import UsageError
from restorebench.bench.registry.specs import bind_options
from torch import Tensor, nn


@pytest.fixture
def network(recipe: Callable[..., nn.Module]) -> Any:
    """Weights under which everything has an effect."""
    return recipe(opir_nano(), seed=1, rules=[[r"\.(beta|gamma)$", "affine", 0.5, 0.4], ["", "fan", 0.8, 0.0]]).eval()


@pytest.mark.parametrize("entry", [opir, opir_nano])
def test_untrained_network_changes_little(entry: Callable[[], nn.Module]) -> None:
    image = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        assert 0 < (entry()(image) - image).abs().mean() < 0.05


def test_where_the_first_stage_is_sure_the_second_changes_nothing(network: Any) -> None:
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        stages = network.stages(image)
        assert not torch.allclose(stages.first, stages.second)
        assert stages.uncertainty.shape == (1, 1, 16, 16)
        network.ending.bias[-1] = -1e4
        stages = network.stages(image)
        assert stages.uncertainty.max() == 0
        torch.testing.assert_close(stages.first, stages.second)
        torch.testing.assert_close(network(image), stages.second)


def test_the_uncertainty_guides_the_second_stage(network: Any) -> None:
    seen: list[Tensor] = []
    network.intro.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        stages = network.stages(image)
    assert torch.equal(seen[0], torch.cat((image, image, torch.ones(1, 1, 16, 16)), 1))
    assert torch.equal(seen[1], torch.cat((stages.first, image, stages.uncertainty), 1))


def test_without_guidance_the_uncertainty_has_no_effect(network: Any) -> None:
    unguided: Any = opir_nano.build(guided=False).eval()
    unguided.load_state_dict(network.state_dict())
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        before = unguided(image)
        unguided.ending.bias[-1] = -1e4
        torch.testing.assert_close(unguided(image), before)
        assert not torch.allclose(network(image), before)


def test_the_expected_error_belongs_to_the_uncertainty() -> None:
    """u = b / (b + 0.02): one half at an expected error of 5 in 255."""
    image, logit = torch.zeros(1, 3, 1, 9), torch.linspace(-8, 4, 9).view(1, 1, 1, 9)
    stages = Stages(image, logit, image)
    error = stages.expected_error - 1 / 1020
    torch.testing.assert_close(stages.uncertainty, error / (error + 0.02))
    extremes = Stages(image, torch.tensor([-1e4, 1e4]), image).expected_error
    assert extremes.tolist() == pytest.approx([1 / 1020, 1.093], abs=1e-3)


def test_each_task_has_parameters_of_its_own(network: Any) -> None:
    image = torch.rand(1, 3, 16, 16)

    def with_task(task: str) -> Any:
        options = bind_options(opir_nano.build, {"task": task}, "model opir-nano")
        other: Any = opir_nano.build(**options).eval()
        other.load_state_dict(network.state_dict())
        return other

    rain, haze = with_task("rain"), with_task("haze")
    with torch.inference_mode():
        assert not torch.allclose(rain(image), haze(image))
        for table in (haze.task_scale, haze.task_shift):
            table[TASKS.index("haze")] = table[TASKS.index("rain")]
        assert torch.equal(rain(image), haze(image))
    with pytest.raises(UsageError, match="deraining"):
        bind_options(opir_nano.build, {"task": "derainin"}, "model opir-nano")


@pytest.mark.parametrize(
    ("earlier", "task"), [("deblurring", "blur"), ("deraining", "rain"), ("desnowing", "snow"), ("dehazing", "haze")]
)
def test_names_of_the_last_release_mean_the_same(network: Any, earlier: Any, task: Any) -> None:
    image = torch.rand(1, 3, 16, 16)
    both: list[Any] = [opir_nano.build(task=name).eval() for name in (earlier, task)]
    for each in both:
        each.load_state_dict(network.state_dict())
    with torch.inference_mode():
        assert torch.equal(both[0](image), both[1](image))


def test_the_task_is_an_input(network: Any) -> None:
    """Each image of a batch may have a task of its own; an input counts more than the option."""
    images = torch.rand(2, 3, 16, 16)
    weights = torch.eye(len(TASKS))[[TASKS.index("snow"), TASKS.index("noise")]]
    with torch.inference_mode():
        batch = network(images, weights)
        for index, name in enumerate(("snow", "noise")):
            network.task = name
            torch.testing.assert_close(batch[index], network(images)[index])
        torch.testing.assert_close(network(images, weights), batch)


def test_an_inferred_task_is_the_mixture_of_tasks(network: Any) -> None:
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        probabilities = network.infer_task(image)
        assert probabilities.sum().item() == pytest.approx(1)
        torch.testing.assert_close(network(image), network(image, probabilities))
        network.classifier.ending.bias.copy_(1e4 * torch.eye(len(TASKS))[TASKS.index("haze")])
        torch.testing.assert_close(network(image), network(image, torch.eye(len(TASKS))[[TASKS.index("haze")]]))


def test_no_task_ignores_the_parameters_of_all(network: Any) -> None:
    none: Any = opir_nano.build(task="none").eval()
    none.load_state_dict(network.state_dict())
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        before = none(image)
        none.task_scale.zero_()
        none.task_shift.zero_()
        assert torch.equal(none(image), before)
        neutral: Any = opir_nano.build(task="rain").eval()
        neutral.load_state_dict(network.state_dict())
        neutral.task_scale.fill_(1)
        neutral.task_shift.zero_()[:, 0] = 1
        torch.testing.assert_close(neutral(image), before)


def test_takes_any_size(network: Any) -> None:
    with torch.inference_mode():
        for height, width in ((1, 1), (7, 30), (33, 17)):
            assert network(torch.rand(1, 3, height, width)).shape == (1, 3, height, width)


def test_every_parameter_learns(network: Any, check_training: Callable[..., None]) -> None:
    check_training(network, torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24))


def test_nano_size() -> None:
    assert 100_000 < sum(parameter.numel() for parameter in opir_nano().parameters()) < 500_000


def test_other_arithmetic(network: Any) -> None:
    image = torch.rand(1, 3, 32, 40)
    with torch.inference_mode():
        expected = network(image)
        network.to(memory_format=torch.channels_last)
        channels_last = network(image.to(memory_format=torch.channels_last))
        torch.testing.assert_close(channels_last, expected, rtol=0, atol=2e-5)
        with torch.autocast("cpu", torch.bfloat16):
            automatic = network(image)
        half = network.bfloat16()(image.bfloat16())
    assert half.dtype == torch.bfloat16
    for result in (automatic, half):
        assert 0 < (result.float() - expected).square().mean().sqrt() < 0.05
