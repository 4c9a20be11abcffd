from __future__ import annotations

from typing import Any

import torch
from helpers.toy_networks import count
from restorebench.bench.profiling.macs.operators import register_operator
from torch import Tensor, nn
from torch.nn import functional


def test_moving_data_is_free_and_listed():
    def move(_: nn.Module, image: Tensor) -> Tensor:
        shuffled = functional.pixel_shuffle(functional.pixel_unshuffle(image, 2), 2)
        padded = functional.pad(shuffled, (1, 1, 1, 1), mode="reflect")
        return torch.cat((padded[..., 1:-1, 1:9], padded[..., 1:-1, 9:17].roll(1, 2)), 3)

    counted = count(move)
    assert counted.total() == 0
    assert counted.unknown == ()
    free = {operator.name for operator in counted.operators if operator.status == "free"}
    assert {"aten::pixel_shuffle", "aten::reflection_pad2d", "aten::roll", "aten::cat"} <= free


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return x * 2


def test_custom_autograd_functions_are_looked_into():
    assert count(lambda _, x: Doubled.apply(x)).macs == {"elementwise": 3 * 16 * 16 / 2}


def test_an_operator_of_ones_own_is_unknown_until_it_is_registered():
    library = torch.library.Library("restorebench_test", "FRAGMENT")
    library.define("scan(Tensor x) -> Tensor")
    library.impl("scan", lambda x: x * 2, "CPU")
    library.impl("scan", lambda x: x.clone(), "Meta")

    def scan(_: nn.Module, image: Tensor) -> Tensor:
        return torch.ops.restorebench_test.scan(image) + image

    counted = count(scan)
    assert counted.unknown == ("restorebench_test::scan",)
    assert counted.total() == 3 * 16 * 16 / 2  # the sum is still there: a lower bound
    register_operator("restorebench_test::scan", lambda call: {"elementwise": 10.0 * call.first.numel()})
    try:
        registered = count(scan)
        assert registered.unknown == ()
        assert registered.total() == (10 + 0.5) * 3 * 16 * 16
        register_operator("restorebench_test::scan", None)
        assert count(scan).total() == 3 * 16 * 16 / 2
        assert count(scan).unknown == ()
    finally:
        from restorebench.bench.profiling.macs import operators

        operators._registered.clear()
        operators.rule_for.cache_clear()
