"""Networks with the layer of global reach: they cost about 1 % more, and their options are the layer's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from restorebench.baselines.physics.global_layer import GlobalTransport
from restorebench.bench.models.entries import MODELS

NANOS = ("nafnet-nano", "restormer-nano", "fftformer-nano", "stripformer-nano")
FULL = ("nafnet-width32", "nafnet-width64", "restormer", "fftformer", "stripformer")


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
