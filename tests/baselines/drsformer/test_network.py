from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.blocks import pad_to_multiple
from restorebench.baselines.drsformer import (
    DRSformer,
    DRSformerConfig,
    drsformer,
    drsformer_nano,
    drsformer_noexperts,
)
from restorebench.bench.models.entries import ModelEntry
from torch import Tensor, nn


def restore(network: nn.Module, image: Tensor):
    height, width = image.shape[-2:]
    return network(pad_to_multiple(image, 8, "reflect"))[..., :height, :width]


def small(*, experts: bool):
    return DRSformer(DRSformerConfig(width=20, blocks=(1, 1, 1, 1), experts=experts))


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("drsformer/fixture")
    recorded.check(small(experts=True), restore, recorded.cases)


def test_matches_the_official_network_without_experts(parity: Callable[[str], Any]):
    recorded = parity("drsformer/fixture_without_mefc")
    recorded.check(small(experts=False), restore, recorded.cases)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("drsformer/fixture")
    network = recorded.load(small(experts=True))
    for case in recorded.cases:
        with torch.inference_mode():
            restored = restore(network, recorded[f"in/{case}/x"])
        quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
        recorded.check_quantised(restored, case, quantised)


@pytest.mark.parametrize(
    ("entry", "name", "parameters"),
    [(drsformer, "drsformer", 33_655_424), (drsformer_noexperts, "drsformer_without_mefc", 32_610_304)],
)
def test_has_the_official_state_dict(entry: ModelEntry, name: str, parameters: int, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = entry()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == manifest(name)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize(("entry", "expected"), [(drsformer, 242.980), (drsformer_noexperts, 175.372)])
def test_counts_the_known_operations(entry: ModelEntry, expected: float, gmacs: Callable[..., float]):
    assert gmacs(entry.build) == pytest.approx(expected, abs=1e-3)


def test_every_parameter_learns(check_training: Callable[..., None]):
    check_training(drsformer_nano(), torch.rand(2, 3, 16, 24), torch.rand(2, 3, 16, 24))


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in drsformer_nano().parameters()) < 500_000
