from __future__ import annotations

from collections.abc import Generator

import pytest
import torch
from restorebench.bench.machine.default_device import default_device, set_default_device


@pytest.fixture(autouse=True)
def _put_back() -> Generator[None]:
    yield
    set_default_device(torch.device("cpu"))


@pytest.mark.parametrize("name", ["meta", "cpu"])
def test_a_device_that_was_set_is_told(name: str):
    set_default_device(torch.device(name))
    assert default_device() == torch.get_default_device() == torch.device(name)
    assert torch.zeros(1).device == torch.device(name)


def test_after_it_was_set_to_none_it_is_the_cpu_for_everybody():
    torch.set_default_device("meta")
    torch.set_default_device(None)
    assert default_device() == torch.get_default_device() == torch.device("cpu")
    assert torch.zeros(1).device == torch.device("cpu")
