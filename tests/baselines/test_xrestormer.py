from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.blocks import pad_to_multiple
from restorebench.baselines.xrestormer import (
    OverlappingAttention,
    XRestormer,
    XRestormerConfig,
    xrestormer,
    xrestormer_nano,
)
from restorebench.bench.models.identify import identify
from torch import Tensor, nn

FIXTURE = XRestormerConfig(width=16, blocks=(1, 1, 1, 1), refinement_blocks=1)


def restore(network: nn.Module, image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    size = xrestormer.card.size
    return network(pad_to_multiple(image, size.multiple_of, size.padding))[..., :height, :width]


def test_matches_the_official_network(parity: Callable[[str], Any]):
    recorded = parity("xrestormer/fixture")
    recorded.check(XRestormer(FIXTURE).eval(), restore, recorded.cases)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    recorded = parity("xrestormer/fixture")
    network = recorded.load(XRestormer(FIXTURE).eval())
    assert xrestormer.card.quantiser == "half-even"
    with torch.inference_mode():
        restored = restore(network, recorded["in/odd_70x53/x"])
    quantised = (restored[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
    recorded.check_quantised(restored, "odd_70x53", quantised)


def test_has_the_official_state_dict(manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = xrestormer.build()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == manifest("xrestormer")
    assert sum(parameter.numel() for parameter in network.parameters()) == 26_041_208
    assert [candidate.model for candidate in identify(network.state_dict())] == ["x-restormer"]


def test_counts_the_known_operations(gmacs: Callable[..., float]):
    assert gmacs(xrestormer.build) == pytest.approx(179.166326688, rel=1e-5)


def test_window_attention_is_that_of_each_pixel():
    """Against the definition, one query at a time."""
    attention = OverlappingAttention(6, 2).double()
    x = torch.randn(1, 6, 16, 24, dtype=torch.float64)
    query, key, value = attention.qkv(x)[0].unflatten(0, (3, 2, 16))
    key, value = (nn.functional.pad(part, (2, 2, 2, 2)) for part in (key, value))
    position = attention.rel_pos_emb
    with torch.inference_mode():
        restored = attention(x)
        for row, column in ((0, 0), (7, 13), (8, 16), (15, 23)):
            top, left = row // 8 * 8, column // 8 * 8
            found: list[Tensor] = []
            for head in range(2):
                one = query[head, :, row, column] / 4
                keys = key[head, :, top : top + 12, left : left + 12]
                rows = position.rel_height[torch.arange(12) + 11 - row % 8].double() @ one
                columns = position.rel_width[torch.arange(12) + 11 - column % 8].double() @ one
                similarity = torch.einsum("c,cij->ij", one, keys) + rows[:, None] + columns
                weights = similarity.flatten().softmax(0).view(12, 12)
                found.append((value[head, :, top : top + 12, left : left + 12] * weights).sum((1, 2)))
            expected = attention.project_out(torch.cat(found)[None, :, None, None])[0, :, 0, 0]
            torch.testing.assert_close(restored[0, :, row, column], expected, rtol=0, atol=1e-12)


def test_every_parameter_learns(check_training: Callable[..., None]):
    check_training(xrestormer_nano(), torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64))


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in xrestormer_nano().parameters()) < 500_000
