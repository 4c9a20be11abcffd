from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.blocks import BiasFreeLayerNorm2d, pad_to_multiple
from restorebench.baselines.restormer import (
    NANO,
    Restormer,
    RestormerConfig,
    restormer,
    restormer_derain,
    restormer_nano,
)
from restorebench.bench.models.entries import ModelEntry
from restorebench.bench.registry.specs import bind_options
from torch import Tensor, nn
from torch.nn import functional

FIXTURE = RestormerConfig(width=16, blocks=(1, 2, 2, 2), refinement_blocks=1)


def restore(network: nn.Module, image: Tensor):
    height, width = image.shape[-2:]
    return network(pad_to_multiple(image, 8, "reflect"))[..., :height, :width]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("restormer/fixture")
    recorded.check(Restormer(FIXTURE), restore, recorded.cases)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("restormer/fixture")
    network = Restormer(FIXTURE)
    network.load_state_dict(recorded.state)
    for case in recorded.cases:
        with torch.inference_mode():
            restored = restore(network, recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
        recorded.check_quantised(restored, case, quantised)


@pytest.mark.parametrize(
    ("entry", "name"), [(restormer, "restormer_deblurring"), (restormer_derain, "restormer_deraining")]
)
def test_has_the_official_state_dict(entry: ModelEntry, name: str, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        state = entry().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest(name)


def test_counts_the_known_operations(gmacs: Callable[..., float]):
    assert gmacs(restormer.build) == pytest.approx(154.882, rel=1e-3)


def test_bias_free_variant_has_no_biases_and_keeps_the_mean():
    with torch.device("meta"):
        network = restormer.build(**bind_options(restormer.build, {"layer-norm": "BiasFree"}, "model restormer"))
    assert not [name for name in network.state_dict() if name.endswith("bias")]
    pixels = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
    expected = pixels / (2 / 3 + 1e-5) ** 0.5  # the biased variance of 1, 2, 3 is 2/3
    torch.testing.assert_close(BiasFreeLayerNorm2d(3, 1e-5)(pixels), expected)


def test_every_parameter_learns(check_training: Callable[..., None]):
    check_training(restormer_nano(), torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24))


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in restormer_nano().parameters()) < 500_000
    assert NANO.heads == RestormerConfig().heads


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_runs_in_half_precision(dtype: torch.dtype):
    image = torch.rand(1, 3, 32, 32)
    network = restormer_nano().eval()
    with torch.inference_mode():
        expected = network(image)
        with torch.autocast("cpu", dtype):
            automatic = network(image).float()
        half = network.to(dtype)(image.to(dtype)).float()
    for result in (automatic, half):
        assert functional.mse_loss(result, expected).sqrt() < 0.02
        assert not torch.equal(result, expected)


def test_channels_last_changes_nothing(recipe: Callable[..., nn.Module]):
    image = torch.rand(1, 3, 32, 40)
    network = recipe(restormer_nano(), seed=1).eval()
    with torch.inference_mode():
        expected = network(image)
        channels_last = network.to(memory_format=torch.channels_last)(image.to(memory_format=torch.channels_last))
    torch.testing.assert_close(channels_last, expected, rtol=0, atol=2e-5)
