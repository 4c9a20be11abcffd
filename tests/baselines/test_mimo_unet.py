from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from restorebench.baselines.mimo_unet import NANO, MIMOUNet, MIMOUNetConfig, mimo_unet, mimo_unet_nano, mimo_unet_plus
from restorebench.bench import load_model
from restorebench.bench.models.entries import ModelEntry
from torch import Tensor, nn

FIXTURE = MIMOUNetConfig(blocks=1, dropout=0.1)


def restore(network: nn.Module, image: Tensor):
    return network(image)


def recorded_network(recorded: Any):
    network = MIMOUNet(FIXTURE).eval()
    recorded.load(network)
    return network


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("mimounet/fixture")
    recorded.check(MIMOUNet(FIXTURE).eval(), restore, recorded.cases)


def test_the_smaller_images_match_too(parity: Callable[[str], Any]):
    recorded = parity("mimounet/fixture")
    with torch.inference_mode():
        quarter, half, _ = recorded_network(recorded).scales(recorded["in/mult4_68x52/x"])
    for size, image in (("quarter", quarter), ("half", half)):
        torch.testing.assert_close(image, recorded[f"aux/mult4_68x52/{size}"], rtol=0, atol=2e-5)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("mimounet/fixture")
    network = recorded_network(recorded)
    for case in recorded.cases:
        with torch.inference_mode():
            restored = network(recorded[f"in/{case}/x"])
        half_up = np.floor(restored[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255 + 0.5).astype(np.uint8)
        recorded.check_quantised(restored, case, half_up)


@pytest.mark.parametrize(("entry", "name"), [(mimo_unet, "mimounet"), (mimo_unet_plus, "mimounet_plus")])
def test_has_the_official_state_dict(entry: ModelEntry, name: str, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        state = entry().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest(name)


@pytest.mark.parametrize(
    ("entry", "parameters", "expected"), [(mimo_unet, 6_807_171, 63.733), (mimo_unet_plus, 16_107_651, 150.706)]
)
def test_has_the_published_size(entry: ModelEntry, parameters: int, expected: float, gmacs: Callable[..., float]):
    with torch.device("meta"):
        network = entry.build()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert gmacs(entry.build) == pytest.approx(expected, rel=1e-5)


def test_the_small_images_are_every_second_and_every_fourth_pixel():
    network = MIMOUNet(NANO).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        image = torch.rand(1, 3, 8, 12)
        quarter, half, full = network.scales(image)
    assert torch.equal(full, image)
    assert torch.equal(half, image[..., ::2, ::2])
    assert torch.equal(quarter, image[..., ::4, ::4])


def test_only_training_drops_channels():
    network = MIMOUNet(MIMOUNetConfig(blocks=1, width=8, dropout=0.5))
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        assert not torch.equal(network(image), network(image))
        network.eval()
        assert torch.equal(network(image), network(image))


def test_every_parameter_learns_from_all_three_images():
    network = MIMOUNet(NANO)
    losses = [image.square().mean() for image in network.scales(torch.rand(2, 3, 16, 24))]
    torch.stack(losses).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_the_smaller_images_alone_do_not_learn_from_the_restored_one(check_training: Callable[..., None]):
    unused = [f"ConvsOut.{level}.main.0.{kind}" for level in (0, 1) for kind in ("weight", "bias")]
    check_training(mimo_unet_nano(), torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24), unused=unused)


def test_the_official_file_layout_loads(tmp_path: Path):
    state = mimo_unet_nano().state_dict()
    path = tmp_path / "MIMO-UNet.pkl"
    torch.save({"model": state}, path)
    loaded = load_model("mimo-unet-nano", path).network.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items())
