from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.blocks import pad_to_multiple
from restorebench.baselines.mlwnet import MLWNet, MLWNetConfig, mlwnet, mlwnet_nano, mlwnet_s
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import ModelEntry
from restorebench.bench.models.tlc import convert_to_local
from torch import Tensor, nn

HEADS_OF_TRAINING = [f"decoder.head{level}.block.0.{kind}" for level in (4, 3, 2) for kind in ("weight", "bias")]

RULES = [
    ["(lo|hi|alpha)$", "affine", 0.5, 0.2],
    [r"\.(beta|gamma)$", "affine", 0.5, 0.4],
    ["bias$", "affine", 0.0, 0.1],
    ["norm.*weight$", "affine", 1.0, 0.3],
    ["weight$", "fan", 0.65, 0.0],
]


def restore(network: nn.Module, image: Tensor):
    height, width = image.shape[-2:]
    return network(pad_to_multiple(image, 16, "reflect"))[..., :height, :width]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("mlwnet/fixture")
    whole = [case for case in recorded.cases if not case.startswith("local64")]
    recorded.check(MLWNet(MLWNetConfig(8)), restore, whole)


def test_matches_the_official_network_with_tlc(parity: Callable[[str], Any]):
    recorded = parity("mlwnet/fixture")
    local = [case for case in recorded.cases if case.startswith("local64")]
    recorded.check(MLWNet(MLWNetConfig(8), train_size=64), restore, local)


def test_the_general_converter_gives_the_official_local_network(parity: Callable[[str], Any]):
    recorded = parity("mlwnet/fixture")
    converted, own = recorded.load(MLWNet(MLWNetConfig(8))), recorded.load(MLWNet(MLWNetConfig(8), train_size=64))
    convert_to_local(converted, mlwnet.card, 96)
    local = [case for case in recorded.cases if case.startswith("local64")]
    assert local
    for case in local:
        with torch.inference_mode():
            restored = restore(converted, recorded[f"in/{case}/x"])
            assert torch.equal(restored, restore(own, recorded[f"in/{case}/x"]))
        torch.testing.assert_close(restored, recorded[f"out/{case}"], rtol=0, atol=2e-5)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("mlwnet/fixture")
    network = recorded.load(MLWNet(MLWNetConfig(8)))
    for case in ("div_96x80", "odd_70x53"):
        with torch.inference_mode():
            restored = restore(network, recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
        recorded.check_quantised(restored, case, quantised)


@pytest.mark.parametrize(
    ("entry", "name", "parameters"), [(mlwnet, "mlwnet_b", 95_094_892), (mlwnet_s, "mlwnet_s", 24_109_164)]
)
def test_has_the_official_state_dict(entry: ModelEntry, name: str, parameters: int, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = entry()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == manifest(name)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize(("entry", "expected"), [(mlwnet, 108.245), (mlwnet_s, 27.680)])
def test_counts_the_known_operations(entry: ModelEntry, expected: float, gmacs: Callable[..., float]):
    assert gmacs(entry.build) == pytest.approx(expected, abs=1e-3)


def test_every_parameter_that_the_image_depends_on_learns(
    recipe: Callable[..., nn.Module], check_training: Callable[..., None]
):
    network = recipe(mlwnet_nano(), 63, RULES)
    check_training(network, torch.rand(2, 3, 16, 32), torch.rand(2, 3, 16, 32), unused=HEADS_OF_TRAINING)


def test_train_size_below_16_pixels_is_refused():
    with pytest.raises(UsageError, match="at least 16"):
        mlwnet_nano.build(train_size=8)


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in mlwnet_nano().parameters()) < 500_000
