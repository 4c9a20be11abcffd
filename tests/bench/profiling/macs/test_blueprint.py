from __future__ import annotations

import resource
from typing import Any

import torch
from helpers.toy_networks import CARD
from restorebench.bench.profiling.macs.blueprint import blueprint, parameters_on_meta
from restorebench.bench.profiling.macs.count import count_macs
from torch import nn


def test_counting_leaves_the_network_as_it_was():
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    count_macs(network, CARD, (16, 16))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks or "forward" in vars(module) for module in network.modules())


def test_a_blueprint_shares_what_the_network_shares():
    conv = nn.Conv2d(3, 3, 1)
    tied = nn.Sequential(conv, conv, nn.Conv2d(3, 3, 1))
    tied[2].weight = conv.weight
    copied: Any = blueprint(tied)
    assert all(parameter.is_meta for parameter in copied.parameters())
    assert len(list(copied.parameters())) == len(list(tied.parameters())) == 3
    assert copied[0].weight is copied[2].weight
    assert not conv.weight.is_meta


def test_networks_built_on_meta_take_no_memory_for_parameters():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with parameters_on_meta():
        large = nn.Linear(1 << 15, 1 << 14)  # 2 GiB
    assert large.weight.is_meta
    assert not nn.Linear(2, 2).weight.is_meta
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
