from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.baselines.deblurganv2 import Generator, deblurganv2_inception, deblurganv2_mobilenet
from restorebench.bench.models.entries import ModelEntry
from restorebench.bench.models.identify import identify
from restorebench.bench.models.inference import Restorer
from torch import Tensor, nn


class GeneratorAlone(nn.Module):
    """What the published counts are of: the network without the padding around it."""

    def __init__(self, network: Generator) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return self.network.generate(image)


def test_matches_the_official_network(parity: Callable[[str], Any]):
    """The tolerance is the recorded one: statistics over few pixels amplify rounding, in the official code too."""
    recorded = parity("deblurganv2_mobilenet/fixture")
    network = deblurganv2_mobilenet().eval()
    recorded.check(network, lambda net, image: net(image), recorded.cases, atol=1e-4)


def test_saves_the_official_image(parity: Callable[[str], Any]):
    """From the recorded output: that of another machine may be a rounding step away."""
    recorded = parity("deblurganv2_mobilenet/fixture")
    assert deblurganv2_mobilenet.card.quantiser == "truncate"
    for case in recorded.cases:
        quantised = (recorded[f"out/{case}"][0].permute(1, 2, 0) * 255).to(torch.uint8)
        assert torch.equal(quantised, recorded[f"u8/{case}"])


@pytest.mark.parametrize(
    ("entry", "name", "parameters"),
    [
        (deblurganv2_mobilenet, "deblurganv2_mobilenet", 3_312_707),
        (deblurganv2_inception, "deblurganv2_inception", 60_929_291),
    ],
)
def test_has_the_official_state_dict(
    entry: ModelEntry, name: str, parameters: int, manifest: Callable[[str], Any]
) -> None:
    with torch.device("meta"):
        network = entry.build()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == manifest(name)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert [candidate.model for candidate in identify(network.state_dict())] == [entry.card.name]


@pytest.mark.parametrize(
    ("entry", "alone", "padded"),
    [(deblurganv2_mobilenet, 2.70860288, 3.43), (deblurganv2_inception, 17.517801312, 22.4)],
)
def test_counts_the_known_operations(
    entry: Callable[[], Generator], alone: float, padded: float, gmacs: Callable[..., float]
) -> None:
    assert gmacs(lambda: GeneratorAlone(entry())) == pytest.approx(alone, rel=1e-9)
    assert gmacs(entry) == pytest.approx(padded, rel=3e-3)


@pytest.mark.parametrize("entry", [deblurganv2_mobilenet, deblurganv2_inception])
def test_runs_from_the_smallest_size(entry: ModelEntry):
    smallest = entry.card.size.minimum
    network = entry.build().eval()
    with torch.inference_mode():
        assert network(torch.rand(1, 3, smallest, smallest)).shape == (1, 3, smallest, smallest)
        with pytest.raises((RuntimeError, ValueError)):
            network(torch.rand(1, 3, smallest - 1, smallest - 1))
    image = torch.rand(1, 3, 20, smallest)
    assert Restorer(network, entry.card)(image).shape == image.shape


def test_a_batch_is_restored_picture_by_picture():
    network = deblurganv2_mobilenet().eval()
    images = torch.stack((torch.rand(3, 64, 64), 0.2 * torch.rand(3, 64, 64)))
    with torch.inference_mode():
        together = network(images)
        alone = torch.cat([network(image) for image in images.split(1)])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-4)


UNUSED = ("fpn.features.16.", "fpn.features.17.", "fpn.features.18.")


def test_every_parameter_that_has_influence_learns(check_training: Callable[..., None]):
    network = deblurganv2_mobilenet()
    unused = [name for name, _ in network.named_parameters() if name.startswith(UNUSED)]
    assert unused
    check_training(network, torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64), unused=unused)
