from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from restorebench.baselines.hinet import HINet, HINetConfig, hinet_deblur, hinet_derain, hinet_nano
from restorebench.bench import load_model
from restorebench.bench.models.entries import ModelEntry
from restorebench.bench.models.schemes import restore_by_grid
from restorebench.reports.board.published import load_published
from torch import Tensor, nn

FIXTURES = {"deblur": HINetConfig(normalised_from=3, width=4), "derain": HINetConfig(normalised_from=0, width=4)}


def restore(network: nn.Module, image: Tensor):
    return network(image)


def by_official_grid(network: nn.Module, image: Tensor):
    """The recorded cases `tiled64_*` use the official grid with cells of 64 pixels."""
    return restore_by_grid(image, 64, network)


def split(recorded: Any):
    tiled = [case for case in recorded.cases if case.startswith("tiled64")]
    return [case for case in recorded.cases if case not in tiled], tiled


@pytest.mark.parametrize("task", FIXTURES)
def test_matches_the_official_network(task: str, parity: Callable[[str], Any]):
    recorded = parity(f"hinet/fixture_{task}")
    whole, _ = split(recorded)
    recorded.check(HINet(FIXTURES[task]), restore, whole)


@pytest.mark.parametrize("task", FIXTURES)
def test_matches_the_official_grid(task: str, parity: Callable[[str], Any]):
    recorded = parity(f"hinet/fixture_{task}")
    _, tiled = split(recorded)
    assert tiled
    recorded.check(HINet(FIXTURES[task]), by_official_grid, tiled)


@pytest.mark.parametrize("task", FIXTURES)
def test_the_first_stage_matches_too(task: str, parity: Callable[[str], Any]):
    recorded = parity(f"hinet/fixture_{task}")
    network = HINet(FIXTURES[task]).eval()
    recorded.load(network)
    with torch.inference_mode():
        first, _ = network.stages(recorded["in/div_96x80/x"])
    torch.testing.assert_close(first, recorded["aux/div_96x80/stage1"], rtol=0, atol=2e-5)


@pytest.mark.parametrize("task", FIXTURES)
def test_saves_the_official_image(task: str, parity: Callable[[str], Any]):
    recorded = parity(f"hinet/fixture_{task}")
    network = HINet(FIXTURES[task]).eval()
    recorded.load(network)
    whole, tiled = split(recorded)
    for case in (*whole, *tiled):
        with torch.inference_mode():
            restored = (by_official_grid if case in tiled else restore)(network, recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
        recorded.check_quantised(restored, case, quantised)


@pytest.mark.parametrize(("entry", "name"), [(hinet_deblur, "hinet_deblurring"), (hinet_derain, "hinet_deraining")])
def test_has_the_official_state_dict(entry: ModelEntry, name: str, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        state = entry().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest(name)


@pytest.mark.parametrize(("entry", "parameters"), [(hinet_deblur, 88_668_806), (hinet_derain, 88_669_702)])
def test_has_the_published_size(entry: ModelEntry, parameters: int, gmacs: Callable[..., float]):
    with torch.device("meta"):
        network = entry.build()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert gmacs(entry.build) == pytest.approx(157.601, rel=1e-5)


@pytest.mark.parametrize("entry", [hinet_deblur, hinet_derain])
def test_is_tested_on_a_grid(entry: ModelEntry):
    assert entry.card.scheme.grid == 256
    assert entry.card.variant == "grid 256"
    assert entry.card.settings == {"grid": 256}


def test_normalises_the_first_half_of_the_channels_only(recipe: Callable[..., nn.Module]):
    network = HINet(FIXTURES["derain"]).eval()
    recipe(network, seed=1)
    norm, convolution = (network.get_submodule(f"down_path_1.0.{name}") for name in ("norm", "conv_1"))
    seen: list[Tensor] = []
    norm.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
    image = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        network(image)
        features = convolution(network.conv_01(image))
    torch.testing.assert_close(seen[0], features[:, :2], rtol=0, atol=1e-6)


def test_every_parameter_learns(check_training: Callable[..., None]):
    check_training(hinet_nano(), torch.rand(2, 3, 32, 48), torch.rand(2, 3, 32, 48))


def test_the_official_file_layout_loads(tmp_path: Path):
    state = hinet_nano().state_dict()
    path = tmp_path / "HINet-GoPro.pth"
    torch.save({"params": {f"module.{key}": value for key, value in state.items()}}, path)
    loaded = load_model("hinet-nano", path).network.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items())


def test_the_smallest_images_are_padded_to_what_the_normalisation_needs(tmp_path: Path):
    path = tmp_path / "weights.pth"
    torch.save(hinet_nano().state_dict(), path)
    image = np.random.default_rng(0).integers(0, 256, (3, 20, 3), dtype=np.uint8)
    assert load_model("hinet-nano", path).restore(image).image.shape == image.shape


def test_published_rows_name_the_inference_of_the_card():
    rows = [number for number in load_published() if number.model == "HINet" and number.inference]
    assert len(rows) == 16
    assert {number.inference for number in rows} == {hinet_deblur.card.variant}
