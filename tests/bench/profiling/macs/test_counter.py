from __future__ import annotations

from typing import Any

import pytest
import torch
from helpers.toy_networks import CARD, Toy, count
from restorebench.bench.errors import RestorationError
from restorebench.bench.profiling.macs.count import count_macs
from torch import Tensor, nn


def test_work_outside_torch_is_a_lower_bound():
    counted = count(lambda _, x: torch.from_numpy(x.numpy() * 2) + x)
    assert counted.method == "executed"
    assert counted.unknown == ("Tensor.numpy",)
    assert "meta" in counted.reason


def test_a_network_that_fails_everywhere_fails_with_its_own_error():
    network = Toy(lambda net, x: net.conv(x), conv=nn.Conv2d(4, 3, 1))
    with pytest.raises(RuntimeError, match="channels"):
        count_macs(network, CARD)
    with pytest.raises(RestorationError, match=r"toy cannot be counted without data: RuntimeError"):
        count_macs(network, CARD, execute=False)


def test_repeated_parts_are_charged_as_often_as_they_run():
    def sampler(net: Any, image: Tensor) -> Tensor:
        for _ in range(50):
            image = image + net.predictor(image)
        return image

    runs: list[int] = []
    predictor = nn.Conv2d(3, 3, 3, padding=1, bias=False)
    network = Toy(sampler, predictor=predictor)
    predictor.register_forward_hook(lambda *_: runs.append(1))
    counted = count_macs(network, CARD, (16, 16))
    assert counted.macs["conv"] == 50 * 16 * 16 * 81
    assert counted.macs["elementwise"] == 50 * 3 * 16 * 16 / 2
    assert counted.repeats is None  # the sums are more than 1 % of the work
    network.predictor = nn.Conv2d(3, 3, 31, padding=15, bias=False)
    counted = count_macs(network, CARD, (16, 16))
    assert counted.repeats is not None
    assert (counted.repeats.module, counted.repeats.times) == ("predictor", 50)
    assert counted.repeats.macs == {"conv": 16 * 16 * 9 * 31 * 31}
    assert counted.check.macs == 2 * counted.repeats.macs["conv"]  # two calls ran


def test_a_part_whose_calls_differ_is_never_replayed():
    class Growing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            for _ in range(self.calls):
                x = x.exp()
            return x

    def repeat(net: Any, image: Tensor) -> Tensor:
        for _ in range(4):
            image = net.growing(image)
        return image

    counted = count(repeat, growing=Growing())
    assert counted.total() == (1 + 2 + 3 + 4) * 3 * 16 * 16 / 2
    assert counted.repeats is None
