from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.nerd_rain import NeRDRain, NeRDRainConfig, nerd_rain, nerd_rain_nano, nerd_rain_s
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import ModelEntry

FIXTURE = NeRDRainConfig(width=8, blocks=(1, 1, 1))
OFFICIAL_NAMES = ("restored", "mid", "small", "mid_inr", "mid_input_half", "small_inr", "small_input")
UNUSED = ["reduce_chan_level1_max3.weight"]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("nerd_rain/fixture")
    whole = [case for case in recorded.cases if not case.startswith("win64")]
    recorded.check(NeRDRain(FIXTURE), lambda network, image: network(image), whole)


def test_matches_the_official_windows(parity: Callable[[str], Any]):
    recorded = parity("nerd_rain/fixture")
    recorded.check(NeRDRain(FIXTURE, window=64), lambda network, image: network(image), ["win64_odd_70x101"])


def test_all_images_are_the_official_ones(parity: Callable[[str], Any]):
    recorded = parity("nerd_rain/fixture")
    network = recorded.load(NeRDRain(FIXTURE))
    with torch.inference_mode():
        images = network.restore_scales(recorded["in/div_96x80/x"])
    for image, name in zip(images, OFFICIAL_NAMES, strict=True):
        torch.testing.assert_close(image, recorded[f"aux/div_96x80/{name}"], rtol=0, atol=2e-5)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("nerd_rain/fixture")
    network = recorded.load(NeRDRain(FIXTURE))
    for case in ("div_96x80", "wide_32x112"):
        with torch.inference_mode():
            restored = network(recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
        recorded.check_quantised(restored, case, quantised)


@pytest.mark.parametrize(
    ("entry", "name", "parameters"), [(nerd_rain, "nerd_rain", 22_893_146), (nerd_rain_s, "nerd_rain_s", 10_530_314)]
)
def test_has_the_official_state_dict(entry: ModelEntry, name: str, parameters: int, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = entry()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == manifest(name)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize(("entry", "expected"), [(nerd_rain, 156.316), (nerd_rain_s, 79.276)])
def test_counts_the_known_operations(entry: ModelEntry, expected: float, gmacs: Callable[..., float]):
    assert gmacs(entry.build) == pytest.approx(expected, abs=1e-3)


def test_every_parameter_that_the_image_depends_on_learns(check_training: Callable[..., None]):
    outputs = ["output_small.weight", "output_mid.weight"]
    degraded, target = torch.rand(2, 3, 16, 32), torch.rand(2, 3, 16, 32)
    check_training(nerd_rain_nano(), degraded, target, unused=[*outputs, *UNUSED])


def test_any_size_from_16_pixels_is_restored():
    network = nerd_rain_nano.build(window=32).eval()
    for size in ((16, 16), (17, 31), (45, 70)):
        image = torch.rand(2, 3, *size)
        with torch.inference_mode():
            assert network(image).shape == image.shape


def test_a_window_below_16_pixels_is_refused():
    with pytest.raises(UsageError, match="at least 16"):
        nerd_rain_nano.build(window=8)


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in nerd_rain_nano().parameters()) < 500_000
