from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from helpers.crops import central_crop
from restorebench.baselines.adair import AdaIR, AdaIRConfig, FrequencyModule, adair, adair_nano, split_by_frequency
from restorebench.bench.models.identify import identify
from torch import Tensor

FIXTURE = AdaIRConfig(width=16, blocks=(1, 1, 1, 1), refinement_blocks=1)


def without_gradient(network: torch.nn.Module) -> list[str]:
    """Layers that nothing uses, the rates, which only decide where to cut, and the queries of an empty low part."""
    dead = (".conv.", ".score_gen.", ".rate_conv.", "cross_h.temperature", "cross_h.q.", "cross_h.q_dwconv.")
    return [
        name for name, _ in network.named_parameters() if name.startswith("fre") and any(part in name for part in dead)
    ]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("adair/fixture")
    recorded.check(AdaIR(FIXTURE).eval(), lambda network, image: network(central_crop(image)), recorded.cases)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("adair/fixture")
    network = recorded.load(AdaIR(FIXTURE).eval())
    assert adair.card.quantiser == "truncate"
    with torch.inference_mode():
        restored = network(recorded["in/wide_32x112/x"])
    quantised = (restored[0].permute(1, 2, 0) * 255).clamp(0, 255).numpy().astype(np.uint8)
    recorded.check_quantised(restored, "wide_32x112", quantised)


def test_frequency_module_matches_where_the_window_is_open(parity: Callable[[str], Any]):
    recorded = parity("adair/fixture")
    network: Any = recorded.load(AdaIR(FIXTURE).eval())
    module: FrequencyModule = network.fre3
    image, y = recorded.image(768, 1280), recorded.noise("fre3_y", (1, 32, 384, 640))
    with torch.inference_mode():
        features = module.conv1(torch.nn.functional.interpolate(image, (384, 640), mode="bilinear"))
        rates = module.rate_conv(features.mean((2, 3), keepdim=True)).sigmoid().flatten(1)
        high, low = split_by_frequency(features, rates)
        merged = module(image, y)
    torch.testing.assert_close(rates[0], recorded["fre3/threshold"], rtol=0, atol=1e-6)
    assert recorded["fre3/half_widths"].min() > 0
    for name, value in (("high", high), ("low", low), ("out", merged)):
        torch.testing.assert_close(value[..., ::16, ::16], recorded[f"fre3/{name}_stride16"], rtol=0, atol=2e-5)


def test_has_the_official_state_dict(manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = adair.build()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == manifest("adair")
    assert sum(parameter.numel() for parameter in network.parameters()) == 28_784_824
    assert [candidate.model for candidate in identify(network.state_dict())] == ["adair"]


def test_counts_the_known_operations(gmacs: Callable[..., float]):
    assert gmacs(adair.build) == pytest.approx(161.749763112, rel=1e-9)


def test_a_small_map_is_all_high_frequencies():
    x = torch.randn(1, 2, 127, 160)
    high, low = split_by_frequency(x, torch.ones(1, 2))
    assert torch.equal(high, x.abs())
    assert not low.any()


@pytest.mark.parametrize(("size", "rate", "kept"), [(256, 0.5, [-1, 0]), (257, 1.0, [-2, -1, 0, 1]), (384, 0.3, [])])
def test_the_window_holds_the_frequencies_below_its_half_width(size: int, rate: float, kept: list[int]):
    """Each wave of one frequency along a row is either kept whole or removed."""
    positions = torch.arange(size, dtype=torch.float64) / size
    for frequency in range(4):
        wave = (2 * torch.pi * frequency * positions).cos().expand(1, 1, 256, size)
        _, low = split_by_frequency(wave, torch.tensor([[1.0, rate]], dtype=torch.float64))
        # A cosine is half a wave of the frequency and half a wave of its negative, each of constant magnitude.
        halves = sum(sign * frequency in kept for sign in (-1, 1))
        expected = wave.abs().mean().item() if halves == 2 else halves / 2
        assert low.mean() == pytest.approx(expected, abs=1e-9)


def test_each_image_has_a_window_of_its_own():
    x = torch.randn(2, 3, 256, 256)
    rates = torch.tensor([[0.4, 0.4], [0.9, 0.9]])
    both: tuple[Tensor, Tensor] = split_by_frequency(x, rates)
    for index in range(2):
        alone = split_by_frequency(x[index : index + 1], rates[index : index + 1])
        torch.testing.assert_close(both[1][index : index + 1], alone[1])
    assert not both[1][0].any()
    assert both[1][1].any()


def test_every_parameter_that_has_influence_learns(check_training: Callable[..., None]):
    network = adair_nano()
    for name, parameter in network.named_parameters():
        if name.endswith("para1"):  # zero at first, which hides all of the module
            torch.nn.init.constant_(parameter, 0.5)
    check_training(network, torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24), unused=without_gradient(network))


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in adair_nano().parameters()) < 500_000
