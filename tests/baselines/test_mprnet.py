from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from restorebench.baselines.blocks import SupervisedAttention, pad_to_multiple
from restorebench.baselines.mprnet import NANO, MPRNet, MPRNetConfig, mprnet_deblur, mprnet_derain, mprnet_nano
from restorebench.bench import load_model
from restorebench.bench.models.entries import ModelEntry
from torch import Tensor, nn


def restore(network: nn.Module, image: Tensor):
    """As the RealBlur script: reflect to a multiple of 8."""
    height, width = image.shape[-2:]
    return network(pad_to_multiple(image, 8, "reflect"))[..., :height, :width]


def recorded_network(recorded: Any):
    network = MPRNet(NANO).eval()
    network.load_state_dict(recorded.state)
    return network


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("mprnet/fixture")
    recorded.check(MPRNet(NANO), restore, recorded.cases)


def test_the_first_two_stages_match_too(parity: Callable[[str], Any]):
    recorded = parity("mprnet/fixture")
    with torch.inference_mode():
        first, second, _ = recorded_network(recorded).stages(pad_to_multiple(recorded["in/odd_70x53/x"], 8, "reflect"))
    for stage, image in (("stage1", first), ("stage2", second)):
        expected = recorded[f"aux/odd_70x53/{stage}"]
        torch.testing.assert_close(image[..., :70, :53], expected, rtol=0, atol=2e-5)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("mprnet/fixture")
    network = recorded_network(recorded)
    for case in recorded.cases:
        with torch.inference_mode():
            restored = restore(network, recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
        recorded.check_quantised(restored, case, quantised)


@pytest.mark.parametrize(("entry", "name"), [(mprnet_deblur, "mprnet_deblurring"), (mprnet_derain, "mprnet_deraining")])
def test_has_the_official_state_dict(entry: ModelEntry, name: str, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        state = entry().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest(name)


@pytest.mark.parametrize(
    ("entry", "parameters", "expected"), [(mprnet_deblur, 20_127_073, 759.411), (mprnet_derain, 3_637_249, 140.982)]
)
def test_has_the_published_size(entry: ModelEntry, parameters: int, expected: float, gmacs: Callable[..., float]):
    with torch.device("meta"):
        network = entry.build()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert gmacs(entry.build) == pytest.approx(expected, rel=1e-5)


def test_one_activation_serves_all_blocks():
    network = MPRNet(NANO)
    slopes = [value for key, value in network.state_dict().items() if key.endswith("body.1.weight")]
    scalars = [value for value in slopes if value.numel() == 1]
    assert len(scalars) > 30
    assert len({value.data_ptr() for value in scalars}) == 1


def test_the_first_stage_sees_nothing_of_the_other_half():
    network = MPRNet(NANO).eval()
    image = torch.rand(1, 3, 32, 32)
    changed = image.clone()
    changed[..., 16:, :] = 0
    with torch.inference_mode():
        (first, _, third), (first_changed, _, third_changed) = network.stages(image), network.stages(changed)
    assert torch.equal(first[..., :16, :], first_changed[..., :16, :])
    assert not torch.equal(third[..., :8, :], third_changed[..., :8, :])


def test_supervised_attention_by_hand():
    attention = SupervisedAttention(1, kernel_size=1, bias=False)
    with torch.no_grad():
        for weight, value in ((attention.conv1, 2.0), (attention.conv2, 0.5), (attention.conv3, 1.0)):
            weight.weight.fill_(value)
        features, image = torch.full((1, 1, 1, 1), 4.0), torch.full((1, 3, 1, 1), 0.25)
        gated, restored = attention(features, image)
    assert restored.flatten().tolist() == [2.25, 2.25, 2.25]
    torch.testing.assert_close(gated.item(), 4 + 8 * torch.sigmoid(torch.tensor(6.75)).item())


def test_every_parameter_learns(check_training: Callable[..., None]):
    # Wide enough that no channel attention has hidden units that are all negative at the start.
    network = MPRNet(MPRNetConfig(width=48, width_step=16, extra_width=16, blocks=1))
    check_training(network, torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24))


def test_the_official_file_layout_loads(tmp_path: Path):
    state = mprnet_nano().state_dict()
    path = tmp_path / "model_deblurring.pth"
    torch.save({"epoch": 1, "state_dict": {f"module.{key}": value for key, value in state.items()}}, path)
    loaded = load_model("mprnet-nano", path).network.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items())
