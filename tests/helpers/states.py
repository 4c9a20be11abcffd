"""The state of a small network, and its comparison with what was read."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["State", "assert_same", "small_state"]

State = dict[str, Tensor]


def small_state() -> State:
    return {
        "conv.weight": torch.arange(27.0).view(1, 3, 3, 3),
        "conv.bias": torch.tensor([5.0]),
        "steps": torch.tensor(7),
    }


def assert_same(read: State, state: State) -> None:
    assert list(read) == list(state)
    for key, value in state.items():
        assert torch.equal(read[key], value)
        assert read[key].dtype == value.dtype
