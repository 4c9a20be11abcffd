from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers.toy_networks import CARD, Toy
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.models.inference import Restorer
from restorebench.bench.profiling.fvcore_check import fvcore_count
from restorebench.bench.profiling.macs.records import OutsideCount
from restorebench.bench.profiling.profiled_model import open_profiled_model
from torch import Tensor, nn
from torch.nn import functional


def fvcore_total(function: Callable[..., Tensor]) -> float:
    """What fvcore alone has for a function on 16x16 pixels."""
    subject = open_profiled_model(Restorer(Toy(function), CARD))
    found = fvcore_count(subject, subject.count((16, 16), InferenceSettings()))
    assert isinstance(found, OutsideCount)
    return found.macs


@pytest.mark.parametrize("name", ["nafnet-nano", "restormer-nano", "fftformer-nano", "prenet", "dmphn"])
def test_fvcore_agrees_on_convolutions_and_products(name: str):
    subject = open_profiled_model(name)
    counted = subject.count((60, 64), InferenceSettings())
    found = fvcore_count(subject, counted)
    assert isinstance(found, OutsideCount)
    assert found.check.macs == pytest.approx(counted.total("conv+linear+matmul"), rel=1e-9)
    assert found.check.agrees
    assert found.skipped


def test_what_fvcore_passes_over_is_a_disagreement():
    def attend(_: nn.Module, image: Tensor) -> Tensor:
        tokens = image.flatten(2).mT
        return functional.scaled_dot_product_attention(tokens, tokens, tokens).mT.reshape(image.shape)

    subject = open_profiled_model(Restorer(Toy(attend), CARD))
    counted = subject.count((16, 16), InferenceSettings())
    found = fvcore_count(subject, counted)
    assert isinstance(found, OutsideCount)
    assert found.check.macs == 0
    assert not found.check.agrees
    assert found.skipped["aten::scaled_dot_product_attention"] == 1
    tiled = subject.count((16, 16), InferenceSettings(tile=8))
    assert "leave out --tile" in str(fvcore_count(subject, tiled))
