from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.physics import AdvectionDiffusion, ConvolutionControl, limits
from restorebench.baselines.physics.solver import Boundary
from restorebench.bench.errors import UsageError
from restorebench.bench.models.physics.layers import physics_layers
from torch import Tensor, nn

LAYERS: list[tuple[type[nn.Module], dict[str, Any]]] = [
    (AdvectionDiffusion, {"front": "standard"}),
    (AdvectionDiffusion, {"front": "lite", "steps": 3, "boundary": "replicate"}),
    (ConvolutionControl, {"front": "standard"}),
    (ConvolutionControl, {"front": "lite"}),
]


def features(*shape: int) -> Tensor:
    return torch.randn(shape or (2, 6, 9, 7))


def trained(layer: nn.Module, scale: float = 1.0) -> nn.Module:
    """As after training: every parameter away from its start."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3 * scale)
    return layer.eval()


@pytest.mark.parametrize(("kind", "options"), LAYERS)
def test_a_fresh_layer_is_the_identity_bit_for_bit(kind: Callable[..., nn.Module], options: dict[str, Any]) -> None:
    x = features()
    assert torch.equal(kind(6, **options)(x), x)
    assert not torch.allclose(trained(kind(6, **options))(x), x)


@pytest.mark.parametrize(("kind", "options"), LAYERS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_types_and_shapes_stay(kind: Callable[..., nn.Module], options: dict[str, Any], dtype: torch.dtype) -> None:
    layer = trained(kind(6, **options))
    x = features(1, 6, 5, 11)
    expected = layer(x)
    converted = layer.to(dtype)(x.to(dtype))
    assert converted.dtype == dtype
    assert converted.shape == x.shape
    tolerance = {torch.float64: 1e-4, torch.float16: 0.03, torch.bfloat16: 0.2}[dtype]
    torch.testing.assert_close(converted.float(), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize(("kind", "options"), LAYERS)
def test_autocast_and_channels_last_change_little(kind: Callable[..., nn.Module], options: dict[str, Any]) -> None:
    layer, x = trained(kind(6, **options)), features()
    expected = layer(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = layer(x)
    assert cast.dtype == x.dtype
    assert (cast - expected).abs().mean() < 0.05
    last = layer.to(memory_format=torch.channels_last)(x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(last, expected, rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "options"), LAYERS)
def test_is_captured_as_one_graph(kind: Callable[..., nn.Module], options: dict[str, Any]) -> None:
    layer, x = trained(kind(6, **options)), features()
    torch.compiler.reset()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), layer(x), rtol=0, atol=1e-6)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), layer(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("kind", "options"), LAYERS)
def test_every_parameter_learns(
    kind: Callable[..., nn.Module], options: dict[str, Any], check_training: Callable[..., None]
) -> None:
    check_training(trained(kind(6, **options)), features(), features())


def test_a_fresh_layer_begins_to_learn_with_its_scale() -> None:
    layer = AdvectionDiffusion(4)
    layer(features(1, 4, 6, 6)).square().sum().backward()
    assert layer.scale.grad is not None
    assert bool((layer.scale.grad != 0).all())


@pytest.mark.parametrize(("steps", "time"), [(1, 1.0), (8, 1.0), (5, 3.0)])
def test_the_fields_respect_the_bound_however_large_the_weights(steps: int, time: float) -> None:
    layer = trained(AdvectionDiffusion(6, steps=steps, time=time), scale=100)
    assert isinstance(layer, AdvectionDiffusion)
    fields = layer.observe(features(1, 6, 9, 7))
    bound = limits(steps, time)
    assert 4 * (time / steps) * (bound + bound) <= 1
    for field in (fields.u, fields.v, fields.dx, fields.dy):
        assert abs(field).max() <= bound
        assert abs(field).max() > 0.9 * bound
    assert min(fields.dx.min(), fields.dy.min()) >= 0
    assert torch.isfinite(layer(features(1, 6, 9, 7))).all()


@pytest.mark.parametrize("boundary", typing.get_args(Boundary))
def test_more_steps_solve_the_same_equation(boundary: Boundary) -> None:
    """The progressive schedule refines the solution; it does not change the problem."""
    torch.manual_seed(1)
    layer, x = AdvectionDiffusion(6, boundary=boundary), features()
    with torch.no_grad():
        layer.scale.fill_(1)
    outputs: dict[int, Tensor] = {}
    for steps in (4, 8, 16, 256):
        layer.steps = steps
        outputs[steps] = layer(x).detach()
    distances = [float((outputs[steps] - outputs[256]).abs().mean()) for steps in (4, 8, 16)]
    assert distances[0] > distances[1] > distances[2]
    assert distances[1] < 0.05 * float((outputs[256] - x).abs().mean())


@pytest.mark.parametrize("front", ["standard", "lite"])
@pytest.mark.parametrize("channels", [40, 128])
def test_the_control_is_matched_exactly(channels: int, front: Any, gmacs: Callable[..., float]) -> None:
    shape = (1, channels, 16, 24)
    layer, control = AdvectionDiffusion(channels, front=front), ConvolutionControl(channels, front=front)
    sizes = [sum(parameter.numel() for parameter in each.parameters()) for each in (layer, control)]
    assert sizes[0] == sizes[1]
    costs = [gmacs(lambda each=each: type(each)(channels, front=front), shape) for each in (layer, control)]
    assert costs[0] == costs[1] > 0


def test_a_nonsensical_number_of_steps_is_refused() -> None:
    with pytest.raises(UsageError, match="steps >= 1 and time > 0, not steps=0"):
        AdvectionDiffusion(4, steps=0)
    with pytest.raises(UsageError, match=r"time=-1\.0"):
        AdvectionDiffusion(4, time=-1.0)


def test_boundaries_differ_at_the_border_first() -> None:
    layer, x = trained(AdvectionDiffusion(6, steps=2)), features(1, 6, 12, 12)
    assert isinstance(layer, AdvectionDiffusion)
    closed = layer(x)
    layer.boundary = "replicate"
    difference = (layer(x) - closed).abs()
    assert difference[..., 0, :].min() > 0
    assert difference[..., 2:-2, 2:-2].max() == 0  # two steps reach two cells


def test_the_engine_finds_physics_layers_but_not_their_controls() -> None:
    network = nn.Sequential(AdvectionDiffusion(4), ConvolutionControl(4), nn.Conv2d(4, 4, 1))
    assert list(physics_layers(network)) == ["0"]


def test_a_grouped_front_needs_groups_of_channels() -> None:
    with pytest.raises(UsageError, match="multiple of 4 channels, not 6"):
        AdvectionDiffusion(6, front="grouped")
    layer = trained(AdvectionDiffusion(8, front="grouped"))
    x = torch.zeros(1, 8, 9, 9)
    x[:, :2, 4, 4] = 1  # in the first group alone, but for the normalisation over channels
    assert layer.get_submodule("front").get_parameter("weight").shape == (8, 2, 3, 3)
    assert torch.isfinite(layer(x)).all()
