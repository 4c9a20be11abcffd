from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.nafnet import NAFNetConfig
from restorebench.baselines.refusion import ConditionalNAFNet
from torch import nn

SMALL = NAFNetConfig(8, encoder=(1, 1, 1, 2))


@pytest.mark.parametrize("size", ["div_48x32", "odd_35x30"])
@pytest.mark.parametrize("t", [1, 37, 100])
def test_matches_the_official_network(size: str, t: int, parity: Callable[[str], Any]) -> None:
    recorded = parity("irsde/condnafnet")
    network = ConditionalNAFNet(SMALL).eval()
    network.load_state_dict(recorded.state)
    with torch.inference_mode():
        noise = network(recorded[f"in/{size}/xt"], recorded[f"in/{size}/cond"], t)
    torch.testing.assert_close(noise, recorded[f"out/{size}_t{t}"], rtol=0, atol=1e-5)


def test_state_dict_is_the_official_one(manifest: Callable[[str], Any]) -> None:
    with torch.device("meta"):
        state = ConditionalNAFNet().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest("refusion_nafnet")
    assert sum(value.numel() for value in state.values()) == 76_608_387


def test_complexity_of_one_step(gmacs: Callable[..., float]) -> None:
    shape = (1, 3, 256, 256)
    assert gmacs(ConditionalNAFNet, shape, shape, (1,)) == pytest.approx(63.177, rel=1e-3)


def test_each_image_of_a_batch_has_its_own_time(recipe: Callable[..., nn.Module]) -> None:
    network = recipe(ConditionalNAFNet(SMALL)).eval().double()
    x, degraded = torch.rand(2, 2, 3, 20, 18, dtype=torch.float64)
    with torch.inference_mode():
        both = network(x, degraded, torch.tensor([5, 90]))
        single = [network(x[i : i + 1], degraded[i : i + 1], t) for i, t in enumerate((5, 90))]
    torch.testing.assert_close(both, torch.cat(single), rtol=0, atol=1e-10)


def test_trains(recipe: Callable[..., nn.Module], check_training: Callable[..., None]) -> None:
    class AtOneTime(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = recipe(ConditionalNAFNet(NAFNetConfig(4, encoder=(1,), decoder=(1,))))

        def forward(self, degraded: torch.Tensor) -> torch.Tensor:
            return self.network(degraded * 0.5, degraded, torch.tensor([3.0, 70.0]))

    check_training(AtOneTime(), torch.rand(2, 3, 12, 10), torch.rand(2, 3, 12, 10))
