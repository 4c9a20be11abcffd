from __future__ import annotations

from typing import Any

import pytest
import torch
from restorebench.bench.models.entries import MODELS

NETWORKS: list[tuple[str, dict[str, Any]]] = [
    ("prenet", {}),
    ("dmphn", {}),
    ("nafnet-nano", {"train_size": 16}),
    ("restormer-nano", {}),
    ("fftformer-nano", {}),
    ("stripformer-nano", {}),
    ("opir-nano", {}),
    ("drsformer-nano", {}),
    ("nerd-rain-nano", {"window": 32}),
    ("mlwnet-nano", {"train_size": 16}),
    ("promptir-nano", {}),
    ("adair-nano", {}),
    ("x-restormer-nano", {}),
    ("convir-nano", {}),
    ("mprnet-nano", {}),
    ("mimo-unet-nano", {}),
    ("hinet-nano", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), [*NETWORKS, ("deblurganv2-mobilenet", {})])
def test_is_captured_as_one_graph(name: str, options: dict[str, Any]) -> None:
    network = MODELS.get(name).build(**options).eval()
    image = torch.rand(1, 3, 64, 64)
    torch.compiler.reset()
    with torch.no_grad():
        compiled = torch.compile(network, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(image), network(image), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("name", "options"), NETWORKS)
def test_float16_is_near_float32(name: str, options: dict[str, Any]) -> None:
    network = MODELS.get(name).build(**options).eval()
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        expected = network(image)
        assert (network.half()(image.half()).float() - expected).abs().max() < 0.01
