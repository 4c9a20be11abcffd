"""Networks with the layer of global reach: they start as their base, load its weights, and cost about 1 % more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from restorebench.baselines.physics.global_layer import GlobalTransport
from restorebench.bench.models.entries import MODELS
from torch import nn

NANOS = ("nafnet-nano", "restormer-nano", "fftformer-nano", "stripformer-nano")
FULL = ("nafnet-width32", "nafnet-width64", "restormer", "fftformer", "stripformer")
ADDED = [f"{name}{suffix}" for name in NANOS for suffix in ("+pde-global", "+attention")]


@pytest.mark.parametrize("name", ADDED)
def test_starts_as_its_base_bit_for_bit(name: str, recipe: Callable[..., nn.Module]) -> None:
    base = recipe(MODELS.get(name.partition("+")[0]).build()).eval()
    added = MODELS.get(name).build().eval()
    missing, unexpected = added.load_state_dict(base.state_dict(), strict=False)
    assert not unexpected
    assert all(key.startswith("physics.layer.") for key in missing)
    image = torch.rand(1, 3, 64, 32)
    with torch.inference_mode():
        expected = base(image)
        assert torch.equal(added(image), expected)
        added.get_parameter("physics.layer.scale").fill_(0.5)
        assert not torch.equal(added(image), expected)


@pytest.mark.parametrize("name", FULL)
def test_overhead_of_the_full_networks_is_about_one_percent(name: str, gmacs: Callable[..., float]) -> None:
    base = gmacs(MODELS.get(name).build)
    assert 0 < gmacs(MODELS.get(f"{name}+pde-global").build) - base < 0.012 * base


@pytest.mark.parametrize("name", NANOS)
def test_the_attention_costs_about_the_same(name: str, gmacs: Callable[..., float]) -> None:
    physics, rival = (MODELS.get(f"{name}{suffix}") for suffix in ("+pde-global", "+attention"))
    assert gmacs(physics.build) == pytest.approx(gmacs(rival.build), rel=0.05)
    sizes = [sum(parameter.numel() for parameter in each.build().parameters()) for each in (physics, rival)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


def test_options_of_the_layer_are_options_of_the_model() -> None:
    build = MODELS.get("stripformer-nano+pde-global").build
    layer = build(steps=5, reach=0.25, form="conservative").get_submodule("physics.layer")
    assert isinstance(layer, GlobalTransport)
    assert (layer.steps, layer.options.reach, layer.options.form) == (5, 0.25, "conservative")
