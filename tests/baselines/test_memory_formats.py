"""Small configurations in batches, in bfloat16 and in channels-last memory: other forms of the same computation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from restorebench.bench.models.entries import MODELS
from torch import nn

NANOS = ("hinet-nano", "mimo-unet-nano", "mprnet-nano")
every_nano = pytest.mark.parametrize("name", NANOS)


@every_nano
def test_size(name: str):
    assert 100_000 < sum(parameter.numel() for parameter in MODELS.get(name).build().parameters()) < 500_000


@every_nano
def test_a_batch_is_its_images(name: str, recipe: Callable[..., nn.Module]):
    network = recipe(MODELS.get(name).build(), seed=2).eval().double()
    images = torch.rand(3, 3, 32, 48).double()
    with torch.inference_mode():
        one_by_one = torch.cat([network(image[None]) for image in images])
        torch.testing.assert_close(network(images), one_by_one, rtol=0, atol=1e-10)


@every_nano
def test_bfloat16_is_near(name: str):
    image = torch.rand(1, 3, 32, 64)
    network = MODELS.get(name).build().eval()
    with torch.inference_mode():
        expected = network(image)
        half = network.bfloat16()(image.bfloat16())
    assert half.dtype == torch.bfloat16
    assert 0 < (half.float() - expected).square().mean().sqrt() < 0.02


@every_nano
def test_channels_last_changes_nothing(name: str, recipe: Callable[..., nn.Module]):
    image = torch.rand(1, 3, 32, 64).double()
    network = recipe(MODELS.get(name).build(), seed=1).eval().double()
    with torch.inference_mode():
        expected = network(image)
        channels_last = network.to(memory_format=torch.channels_last)(image.to(memory_format=torch.channels_last))
    torch.testing.assert_close(channels_last, expected, rtol=0, atol=1e-10)
