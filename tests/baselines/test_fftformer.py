from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.blocks import pad_to_multiple
from restorebench.baselines.fftformer import FFTformer, FFTformerConfig, fftformer, fftformer_nano
from torch import Tensor, nn

FIXTURE = FFTformerConfig(width=16, blocks=(1, 1, 2), refinement_blocks=1)


def restore(network: nn.Module, image: Tensor):
    height, width = image.shape[-2:]
    return network(pad_to_multiple(image, 32, "reflect"))[..., :height, :width]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("fftformer/fixture")
    recorded.check(FFTformer(FIXTURE), restore, recorded.cases)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("fftformer/fixture")
    network = FFTformer(FIXTURE)
    network.load_state_dict(recorded.state)
    for case in recorded.cases:
        with torch.inference_mode():
            restored = restore(network, recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255 + 0.5).byte().numpy()
        recorded.check_quantised(restored, case, quantised)


def test_has_the_official_state_dict(manifest: Callable[[str], Any]):
    with torch.device("meta"):
        state = fftformer().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest("fftformer_gopro")


def test_counts_the_known_operations(gmacs: Callable[..., float]):
    assert gmacs(fftformer.build) == pytest.approx(131.420, rel=1e-3)


def test_every_used_parameter_learns(check_training: Callable[..., None]):
    unused = ["reduce_chan_level2.weight"]
    check_training(fftformer_nano(), torch.rand(2, 3, 32, 64), torch.rand(2, 3, 32, 64), unused=unused)


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in fftformer_nano().parameters()) < 500_000


def test_runs_in_bfloat16():
    image = torch.rand(1, 3, 32, 64)
    network = fftformer_nano().eval()
    with torch.inference_mode():
        expected = network(image)
        with torch.autocast("cpu", torch.bfloat16):
            automatic = network(image)
        half = network.bfloat16()(image.bfloat16())
    assert half.dtype == torch.bfloat16
    for result in (automatic, half):
        assert 0 < (result.float() - expected).square().mean().sqrt() < 0.02
