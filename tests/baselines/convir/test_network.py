from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from restorebench.baselines.blocks import pad_to_multiple
from restorebench.baselines.convir import ConvIR, ConvIRConfig, convir, convir_nano
from torch import Tensor, nn

RECORDED = {
    "derain": ConvIRConfig(blocks=2, dilations=(3, 7, 9)),
    "deblur": ConvIRConfig(blocks=2),
}


def restore(network: nn.Module, image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    return network(pad_to_multiple(image, convir.card.size.multiple_of, "reflect"))[..., :height, :width]


@pytest.mark.parametrize("task", RECORDED)
def test_matches_the_official_network(task: str, parity: Callable[[str], Any]):
    recorded = parity(f"convir/fixture_{task}")
    recorded.check(ConvIR(RECORDED[task]).eval(), restore, recorded.cases)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("convir/fixture_derain")
    network = recorded.load(ConvIR(RECORDED["derain"]).eval())
    assert convir.card.quantiser == "half-up"
    with torch.inference_mode():
        restored = restore(network, recorded["in/odd_133x121/x"])
    quantised = ((restored[0].permute(1, 2, 0).clamp(0, 1) + 0.5 / 255) * 255).numpy().astype(np.uint8)
    recorded.check_quantised(restored, "odd_133x121", quantised)


def test_every_parameter_of_the_full_size_learns(check_training: Callable[..., None]):
    unused = [f"ConvsOut.{index}.main.0.{kind}" for index in range(2) for kind in ("weight", "bias")]
    network = convir_nano()
    for name, parameter in network.named_parameters():
        if name.endswith((".gamma", ".lamb_l", ".inside_all")):  # zero at first, which hides what is behind them
            nn.init.constant_(parameter, 0.5)
    check_training(network, torch.rand(2, 3, 64, 96), torch.rand(2, 3, 64, 96), unused=unused)


def test_the_smaller_scales_restore_the_smaller_images():
    image = torch.rand(1, 3, 64, 64)
    network: Any = convir_nano().eval()
    with torch.inference_mode():
        quarter, half, full = network.scales(image)
        assert torch.equal(network(image), full)
    assert (quarter.shape[-1], half.shape[-1], full.shape[-1]) == (16, 32, 64)


def test_starts_without_filtering():
    """Before training, the dynamic filters leave the features as they are, twice: a square and a strip of nothing."""
    network: Any = convir_nano().eval()
    filters = network.Encoder[0].layers[1].main[1].dynas[0]
    x = torch.randn(1, 8, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(filters(x), 2 * x)


def test_other_dilations_with_the_same_weights_restore_another_image(parity: Callable[[str], Any]):
    recorded = parity("convir/fixture_derain")
    image = recorded["in/odd_133x121/x"][..., :64, :64]
    restored: list[Tensor] = []
    for dilations in ((1, 2, 3), (1, 3, 2)):
        network = recorded.load(ConvIR(ConvIRConfig(blocks=2, dilations=dilations)).eval())
        with torch.inference_mode():
            restored.append(network(image))
    assert (restored[0] - restored[1]).abs().max() > 0.1
