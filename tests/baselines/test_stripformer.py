from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.blocks import pad_to_multiple
from restorebench.baselines.stripformer import (
    Stripformer,
    StripformerConfig,
    stripformer,
    stripformer_nano,
    stripformer_realblur,
)
from restorebench.bench.models.entries import ModelEntry
from torch import Tensor, nn

FIXTURE = StripformerConfig(widths=(8, 16, 40), decoder_width=24)


def restore(network: nn.Module, image: Tensor):
    """As the RealBlur script: reflect to a multiple of 8."""
    height, width = image.shape[-2:]
    return network(pad_to_multiple(image, 8, "reflect"))[..., :height, :width]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("stripformer/fixture")
    recorded.check(Stripformer(FIXTURE), restore, recorded.cases)


def test_divisible_sizes_need_no_padding(parity: Callable[[str], Any]):
    recorded = parity("stripformer/fixture")
    recorded.check(Stripformer(FIXTURE), lambda network, image: network(image), ["div_96x80", "square_64x64"])


def test_padding_to_four_is_another_result(parity: Callable[[str], Any]):
    recorded = parity("stripformer/fixture")
    network = Stripformer(FIXTURE)
    network.load_state_dict(recorded.state)
    with torch.inference_mode():
        padded = network(pad_to_multiple(recorded["in/odd_67x50/x"], 4, "reflect"))[..., :67, :50]
    assert (padded - recorded["out/odd_67x50"]).abs().max() > 1e-3


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("stripformer/fixture")
    network = Stripformer(FIXTURE)
    network.load_state_dict(recorded.state)
    for case in recorded.cases:
        with torch.inference_mode():
            restored = restore(network, recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0) * 255 + 0.5).clamp(0, 255).byte().numpy()
        recorded.check_quantised(restored, case, quantised)


@pytest.mark.parametrize("entry", [stripformer, stripformer_realblur])
def test_has_the_official_state_dict(entry: ModelEntry, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        state = entry().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest("stripformer")


def test_counts_the_known_operations(gmacs: Callable[..., float]):
    assert gmacs(stripformer.build) == pytest.approx(154.687, rel=1e-3)


def test_every_parameter_learns(check_training: Callable[..., None]):
    check_training(stripformer_nano(), torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24))


def test_a_batch_is_its_images(recipe: Callable[..., nn.Module]):
    network = recipe(stripformer_nano(), seed=2).eval()
    images = torch.rand(3, 3, 16, 24)
    with torch.inference_mode():
        one_by_one = torch.cat([network(image[None]) for image in images])
        torch.testing.assert_close(network(images), one_by_one, rtol=0, atol=2e-5)


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in stripformer_nano().parameters()) < 500_000


def test_runs_in_bfloat16():
    image = torch.rand(1, 3, 32, 64)
    network = stripformer_nano().eval()
    with torch.inference_mode():
        expected = network(image)
        with torch.autocast("cpu", torch.bfloat16):
            automatic = network(image)
        half = network.bfloat16()(image.bfloat16())
    assert half.dtype == torch.bfloat16
    for result in (automatic, half):
        assert 0 < (result.float() - expected).square().mean().sqrt() < 0.02


def test_channels_last_changes_nothing(recipe: Callable[..., nn.Module]):
    image = torch.rand(1, 3, 32, 64)
    network = recipe(stripformer_nano(), seed=1).eval()
    with torch.inference_mode():
        expected = network(image)
        channels_last = network.to(memory_format=torch.channels_last)(image.to(memory_format=torch.channels_last))
    torch.testing.assert_close(channels_last, expected, rtol=0, atol=2e-5)
