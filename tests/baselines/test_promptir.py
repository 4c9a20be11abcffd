from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from helpers.crops import central_crop
from restorebench.baselines.promptir import PromptIR, PromptIRConfig, promptir, promptir_nano
from restorebench.bench.models.identify import identify

FIXTURE = PromptIRConfig(blocks=(1, 1, 1, 1), refinement_blocks=1)
WITHOUT_INFLUENCE = [
    "chnl_reduce1.weight",
    "chnl_reduce2.weight",
    "chnl_reduce3.weight",
    "reduce_noise_channel_1.weight",
    "reduce_noise_channel_2.weight",
    "reduce_noise_channel_3.weight",
]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("promptir/fixture")
    recorded.check(PromptIR(FIXTURE).eval(), lambda network, image: network(central_crop(image)), recorded.cases)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("promptir/fixture")
    network = recorded.load(PromptIR(FIXTURE).eval())
    assert promptir.card.quantiser == "truncate"
    with torch.inference_mode():
        restored = network(recorded["in/wide_32x112/x"])
    quantised = (restored[0].permute(1, 2, 0) * 255).clamp(0, 255).numpy().astype(np.uint8)
    recorded.check_quantised(restored, "wide_32x112", quantised)


def test_has_the_official_state_dict(manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = promptir.build()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == manifest("promptir")
    assert sum(parameter.numel() for parameter in network.parameters()) == 35_592_263
    assert [candidate.model for candidate in identify(network.state_dict())] == ["promptir"]


def test_counts_the_known_operations(gmacs: Callable[..., float]):
    assert gmacs(promptir.build) == pytest.approx(172.705557792, rel=1e-9)


def test_every_parameter_that_has_influence_learns(check_training: Callable[..., None]):
    check_training(promptir_nano(), torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24), unused=WITHOUT_INFLUENCE)


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in promptir_nano().parameters()) < 800_000


def test_each_image_has_a_prompt_of_its_own():
    prompt: Any = promptir_nano()
    features = torch.rand(2, 16, 8, 12)
    features[1] *= 3
    with torch.inference_mode():
        both, first = prompt.prompt1(features), prompt.prompt1(features[:1])
    assert both.shape == (2, 12, 8, 12)
    torch.testing.assert_close(both[:1], first)
    assert not torch.equal(both[0], both[1])
