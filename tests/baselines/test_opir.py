from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.opir import InverseOperator, opir, opir_nano
from restorebench.bench.errors import UsageError
from restorebench.bench.registry.specs import bind_options
from torch import Tensor, nn
from torch.nn import functional


@pytest.fixture
def network(recipe: Callable[..., nn.Module]) -> Any:
    """Weights under which everything has an effect."""
    return recipe(opir_nano(), seed=1, rules=[[r"\.(beta|gamma)$", "affine", 0.5, 0.4], ["", "fan", 0.8, 0.0]]).eval()


def test_operator_is_a_kernel_for_each_pixel() -> None:
    operator = InverseOperator(3, 5).double()
    image, mixing = torch.rand(2, 3, 6, 7, dtype=torch.float64), torch.randn(2, 3, 6, 7, dtype=torch.float64)
    kernels = torch.einsum("ri,rj->rij", operator.columns, operator.rows)
    patches = functional.unfold(functional.pad(image, (2,) * 4, mode="replicate"), 5).view(2, 3, 25, 6, 7)
    expected = torch.einsum("nrhw,rk,nckhw->nchw", mixing, kernels.flatten(1), patches)
    torch.testing.assert_close(operator(image, mixing), expected)


def test_untrained_operator_is_the_identity_for_the_first_mixing() -> None:
    image, mixing = torch.rand(1, 3, 9, 8), torch.zeros(1, 4, 9, 8)
    mixing[:, 0] = 1
    torch.testing.assert_close(InverseOperator(4, 7)(image, mixing), image)


@pytest.mark.parametrize("entry", [opir, opir_nano])
def test_untrained_network_changes_little(entry: Callable[[], nn.Module]) -> None:
    image = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        assert 0 < (entry()(image) - image).abs().mean() < 0.05


def test_where_the_first_stage_is_sure_the_second_changes_nothing(network: Any) -> None:
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        first, uncertainty, second = network.stages(image)
        assert not torch.allclose(first, second)
        assert uncertainty.shape == (1, 1, 16, 16)
        network.ending.bias[-1] = -1e4
        first, uncertainty, second = network.stages(image)
        assert uncertainty.max() == 0
        torch.testing.assert_close(first, second)
        torch.testing.assert_close(network(image), second)


def test_the_uncertainty_guides_the_second_stage(network: Any) -> None:
    seen: list[Tensor] = []
    network.intro.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        first, uncertainty, _ = network.stages(image)
    assert torch.equal(seen[0], torch.cat((image, image, torch.ones(1, 1, 16, 16)), 1))
    assert torch.equal(seen[1], torch.cat((first, image, uncertainty), 1))


def test_each_task_has_parameters_of_its_own(network: Any) -> None:
    image = torch.rand(1, 3, 16, 16)
    options = bind_options(opir_nano.build, {"task": "dehazing"}, "model opir-nano")
    dehazing: Any = opir_nano.build(**options).eval()
    dehazing.load_state_dict(network.state_dict())
    with torch.inference_mode():
        assert not torch.allclose(network(image), dehazing(image))
        index = ("deblurring", "deraining", "desnowing", "dehazing").index
        for table in (dehazing.task_scale, dehazing.task_shift):
            table[index("dehazing")] = table[index("deraining")]
        assert torch.equal(network(image), dehazing(image))
    with pytest.raises(UsageError, match="deraining"):
        bind_options(opir_nano.build, {"task": "derainin"}, "model opir-nano")


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
