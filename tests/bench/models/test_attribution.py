"""Influence maps of networks whose influence is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from restorebench.bench import load_model
from restorebench.bench.contracts import ModelCard, UInt8Image
from restorebench.bench.errors import RestorationError, UsageError
from restorebench.bench.models.attribution import (
    Influence,
    Patch,
    effective_receptive_field,
    local_attribution,
)
from restorebench.bench.models.inference import Restorer
from torch import nn


@pytest.fixture
def image() -> UInt8Image:
    return np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)


def ready(network: nn.Module) -> Restorer:
    return Restorer(network.eval(), ModelCard("made", "Made", "restoration"))


class Mean(nn.Module):
    """The mean over a square around each pixel, moved to the left."""

    def __init__(self, side: int, moved: int = 0) -> None:
        super().__init__()
        self.side, self.moved = side, moved

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        mean = nn.functional.avg_pool2d(images, self.side, 1, self.side // 2)
        return mean.roll(-self.moved, -1)


def test_the_field_of_a_mean_is_its_square(image: UInt8Image) -> None:
    found = effective_receptive_field(ready(Mean(5)), image, Patch(9, 11))
    expected = np.zeros((20, 24))
    expected[7:12, 9:14] = 1 / 25
    np.testing.assert_allclose(found.shares, expected, atol=1e-9)
    assert (found.side(0.04), found.side(0.36), found.side(1.0)) == (1, 3, 5)
    assert found.side(0.5) == 5


def test_a_motion_is_seen_where_it_comes_from(image: UInt8Image) -> None:
    found = effective_receptive_field(ready(Mean(1, moved=6)), image, Patch(9, 11))
    assert found.shares[9, 17] == pytest.approx(1.0)
    assert found.side(0.9) == 13


def test_the_middle_is_the_default(image: UInt8Image) -> None:
    field = effective_receptive_field(ready(Mean(1)), image)
    assert field.shares[9, 11] == pytest.approx(1.0)
    assert local_attribution(ready(Mean(1)), image).patch == Patch(2, 4, 16)


def test_attribution_stays_within_what_the_network_reads(image: UInt8Image) -> None:
    patch = Patch(8, 10, 4)
    alone = local_attribution(ready(Mean(1)), image, patch).shares
    assert alone.sum() == pytest.approx(1.0)
    assert alone[8:12, 10:14].sum() == pytest.approx(1.0)
    wider = local_attribution(ready(Mean(5)), image, patch).shares
    assert wider[6:14, 8:16].sum() == pytest.approx(1.0)
    assert wider[8:12, 10:14].sum() < 0.9


def test_attribution_of_a_rising_edge_is_at_the_ends_of_the_patch() -> None:
    """Where an image rises all the way, its absolute differences add up to last minus first pixel."""
    image = np.zeros((16, 16, 3), np.uint8)
    image[:, 8:] = 200
    found = local_attribution(ready(Mean(1)), image, Patch(4, 4, 8)).shares
    assert found[4:12, 4].sum() == pytest.approx(0.5, rel=1e-3)
    assert found[4:12, 11].sum() == pytest.approx(0.5, rel=1e-3)


def test_diffusion_goes_from_one_pixel_to_all() -> None:
    patch = Patch(0, 0)
    one, even = np.zeros((10, 10)), np.full((10, 10), 0.01)
    one[3, 3] = 1.0
    half = np.zeros((10, 10))
    half[:5] = 0.02
    assert Influence(one, patch).diffusion == pytest.approx(1.0)  # of 100 pixels, one
    assert Influence(half, patch).diffusion == pytest.approx(50.0)
    assert Influence(even, patch).diffusion == pytest.approx(100.0)


@pytest.mark.parametrize("patch", [Patch(-1, 0), Patch(0, 24), Patch(10, 10, 11), Patch(3, 3, 0)])
def test_a_patch_outside_the_image_is_refused(image: UInt8Image, patch: Patch) -> None:
    with pytest.raises(UsageError, match="not inside the image of 24x20"):
        effective_receptive_field(ready(Mean(1)), image, patch)


def test_a_pixel_has_no_edges(image: UInt8Image) -> None:
    with pytest.raises(UsageError, match="no edges"):
        local_attribution(ready(Mean(1)), image, Patch(3, 3))


def test_models_without_gradients_are_named(image: UInt8Image) -> None:
    with pytest.raises(RestorationError, match="median passes no gradient"):
        effective_receptive_field(load_model("median"), image)


def test_a_model_that_ignores_its_input_is_named(image: UInt8Image) -> None:
    class Grey(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.level = nn.Parameter(torch.tensor(0.5))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.zeros_like(images) + self.level

    with pytest.raises(RestorationError, match="does not reach its input"):
        effective_receptive_field(ready(Grey()), image)
