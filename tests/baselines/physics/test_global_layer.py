"""The layer of global reach and its rival: fresh ones change nothing, trained ones see the whole map."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from restorebench.baselines.physics.attention import LinearAttention
from restorebench.baselines.physics.global_layer import GlobalTransport, GlobalTransportOptions
from restorebench.baselines.physics.layer import AdvectionDiffusion
from restorebench.bench.errors import UsageError
from restorebench.bench.models.physics.layers import physics_layers
from torch import Tensor, nn

VARIANTS: list[dict[str, Any]] = [
    {},
    {"steps": 1, "interpolation": "bicubic"},
    {"form": "conservative", "border": "periodic"},
    {"diffusion": "variable", "border": "replicate"},
    {"fields": "each-step", "steps": 3},
    {"levels": 3, "form": "conservative"},
    {"levels": 2, "diffusion": "variable"},
]


def layers() -> list[nn.Module]:
    made: list[nn.Module] = [GlobalTransport(8, GlobalTransportOptions(groups=2, **options)) for options in VARIANTS]
    return [*made, LinearAttention(8)]


def features(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape or (2, 8, 9, 7), generator=torch.Generator().manual_seed(seed))


def trained(layer: nn.Module, size: float = 0.3) -> nn.Module:
    """As after training: every parameter away from its start."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * size)
    return layer.eval()


@pytest.mark.parametrize("layer", layers())
def test_a_fresh_layer_is_the_identity_bit_for_bit(layer: nn.Module) -> None:
    x = features()
    assert torch.equal(layer(x), x)


@pytest.mark.parametrize("layer", layers())
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_types_and_shapes_stay(layer: nn.Module, dtype: torch.dtype) -> None:
    trained(layer)
    x = features(1, 8, 5, 11)
    expected = layer(x)
    assert not torch.allclose(expected, x, atol=1e-2)
    converted = layer.to(dtype)(x.to(dtype))
    assert converted.dtype == dtype
    assert converted.shape == x.shape
    tolerance = {torch.float64: 1e-4, torch.bfloat16: 0.1}[dtype]
    assert float((converted.float() - expected).detach().abs().mean()) < tolerance
    layer.float()


@pytest.mark.parametrize("layer", layers())
def test_every_parameter_learns(layer: nn.Module) -> None:
    trained(layer)(features()).square().sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("form", ["advective", "conservative"])
def test_one_step_reaches_half_the_map_where_the_explicit_layer_reaches_a_pixel(form: Any) -> None:
    """A motion of 12 pixels to the right, in the bias of the mean motion; nothing else moves or spreads."""
    layer = GlobalTransport(4, GlobalTransportOptions(steps=1, groups=1, reach=0.6, form=form, front="lite"))
    with torch.no_grad():
        for each in layer.parameters():
            each.zero_()
        layer.norm.weight.fill_(1)
        layer.scale.fill_(1)
        assert layer.mean_motion.bias is not None
        assert layer.diffusivities.bias is not None
        layer.mean_motion.bias.copy_(torch.tensor([13.2, 0.0]))
        layer.diffusivities.bias.fill_(-40.0)
    x = torch.zeros(1, 4, 5, 32)
    x[0, 0, 2, 6] = 1.0
    added = (layer(x) - x)[0, 0, 2].detach()
    arrival = 6 + float(19.2 * torch.tanh(torch.tensor(13.2 / 19.2)))
    places = torch.arange(32.0)
    assert float((added * places).sum() / added.sum()) == pytest.approx(arrival, abs=0.1)
    assert float(added[round(arrival) - 2 : round(arrival) + 3].sum()) == pytest.approx(float(added.sum()))
    explicit = AdvectionDiffusion(4, steps=1, front="lite")
    with torch.no_grad():
        for each in explicit.parameters():
            each.fill_(1)
        change = (explicit(x) - explicit(torch.zeros_like(x)))[0, 0, 2]
    assert float(change[9:].abs().max()) == 0.0  # one pixel by transport and one by the fields
    assert float(change[5:9].abs().max()) > 0.0


@pytest.mark.parametrize("options", VARIANTS)
def test_huge_weights_give_finite_outputs_within_reach(options: dict[str, Any]) -> None:
    layer = trained(GlobalTransport(8, GlobalTransportOptions(groups=2, **options)), size=50.0)
    assert isinstance(layer, GlobalTransport)
    x = features(1, 8, 9, 7)
    assert torch.isfinite(layer(x)).all()
    fields = layer.observe(x)
    assert abs(fields.u).max() <= 0.5 * 7 + 1e-6
    assert abs(fields.v).max() <= 0.5 * 9 + 1e-6
    assert min(fields.dx.min(), fields.dy.min()) >= 0
    assert fields.source.shape == x.shape[1:]


def test_steps_may_be_changed_and_refine_the_same_solution() -> None:
    layer = trained(GlobalTransport(8, GlobalTransportOptions(groups=2)), size=0.2)
    assert isinstance(layer, GlobalTransport)
    x = features(1, 8, 24, 24)
    found: dict[int, Tensor] = {}
    for steps in (1, 4, 64):
        layer.steps = steps
        with torch.no_grad():
            found[steps] = layer(x)
    assert (found[4] - found[64]).abs().mean() < (found[1] - found[64]).abs().mean()


def test_the_engine_finds_the_layer_but_not_the_attention() -> None:
    network = nn.Sequential(GlobalTransport(8), LinearAttention(8))
    assert list(physics_layers(network)) == ["0"]


def test_the_attention_equals_its_formula() -> None:
    layer = trained(LinearAttention(8, front="lite"))
    assert isinstance(layer, LinearAttention)
    x = features(1, 8, 4, 3)
    read = layer.read(layer.norm(x))[0].reshape(8, 3, 12)
    queries, keys, values = (read[:, index].T for index in range(3))  # pixels x channels
    rows = torch.stack([torch.exp(keys[i]) for i in range(12)])
    keys_normalised = rows / rows.sum(0)
    queries_normalised = torch.exp(queries) / torch.exp(queries).sum(1, keepdim=True)
    expected = torch.stack([queries_normalised[i] @ (keys_normalised.T @ values) for i in range(12)])
    torch.testing.assert_close(
        layer(x)[0], x[0] + (expected.T * layer.scale[0, :, 0]).reshape(8, 4, 3), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "at least 1"),
        ({"reach": 0.0}, r"reach=0\.0"),
        ({"groups": 3}, "groups=3 does not divide 8 channels"),
        ({"levels": 2, "fields": "each-step"}, "either fields=each-step or levels above 1"),
    ],
)
def test_options_that_make_no_layer_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        GlobalTransport(8, GlobalTransportOptions(**options))


def test_attention_needs_whole_heads() -> None:
    with pytest.raises(UsageError, match="multiple of 8 channels, not 12"):
        LinearAttention(12)
