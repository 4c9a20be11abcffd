"""A network may write to what it is given, and reuse what it returned; nothing of that shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from restorebench.bench.contracts import InferenceSettings, ModelCard, SizeRequirements
from restorebench.bench.models.inference import Restorer
from restorebench.bench.profiling.forward_pass import ForwardPass
from torch import Tensor, nn

IMAGE = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)


class Subtracts(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        images.sub_(0.5)
        return images + 0.5


class ReturnsItsInput(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images


class WritesLater(nn.Module):
    """Returns its input and spoils it at the next call."""

    def __init__(self) -> None:
        super().__init__()
        self.last = torch.zeros(1)

    def forward(self, images: Tensor) -> Tensor:
        self.last.fill_(7)
        self.last = images
        return images


class Buffer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.buffers_by_shape: dict[torch.Size, Tensor] = {}

    def forward(self, images: Tensor) -> Tensor:
        return self.buffers_by_shape.setdefault(images.shape, torch.empty_like(images)).copy_(images)


class Resizes(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        copy = images.clone()
        images.resize_(1, 1, 1, 1)
        return copy


NETWORKS = [Subtracts, ReturnsItsInput, WritesLater, Buffer, Resizes]


@pytest.mark.parametrize("kind", [Restorer, ForwardPass])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("settings", [{}, {"tile": 40, "tile_overlap": 16}, {"channels_last": True}, {"multiple": 32}])
def test_an_identity_that_writes_is_still_the_identity(
    network: Callable[[], nn.Module], settings: dict[str, int], kind: type[Restorer]
):
    settings = dict(settings)
    card = ModelCard("m", "M", "restoration", size=SizeRequirements(settings.pop("multiple", 1)))
    restorer = kind(network(), card, InferenceSettings(**settings))  # pyright: ignore[reportArgumentType]
    first, second = restorer.restore(IMAGE), restorer.restore(255 - IMAGE)
    assert np.abs(first.image - IMAGE / 255).max() < 1e-6
    assert np.abs(second.image - (255 - IMAGE) / 255).max() < 1e-6
    images = torch.rand(1, 3, 64, 64)
    before = images.clone()
    restored = restorer(images)
    restorer(1 - images)
    assert torch.equal(images, before)
    assert torch.allclose(restored, before, atol=1e-6)


class Gradient(nn.Module):
    """A step of gradient descent on its own loss."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, 1, 1)


class OfTheInput(Gradient):
    def forward(self, images: Tensor) -> Tensor:
        with torch.enable_grad():
            given = images.detach().clone().requires_grad_()
            gradient = torch.autograd.grad(self.conv(given).square().sum(), given)[0]
        return (images - 0.01 * gradient).detach()


class OfTheInputItself(Gradient):
    @torch.enable_grad()
    def forward(self, images: Tensor) -> Tensor:
        images.requires_grad_()
        self.conv(images).square().sum().backward()
        assert images.grad is not None
        return images - 0.01 * images.grad


class OfItsParameters(Gradient):
    """Adapts a copy of itself to each image."""

    def forward(self, images: Tensor) -> Tensor:
        with torch.enable_grad():
            loss = (self.conv(images) - images).square().mean()
            gradients = torch.autograd.grad(loss, list(self.conv.parameters()))
        weight, bias = (p - 0.1 * g for p, g in zip(self.conv.parameters(), gradients, strict=True))
        return nn.functional.conv2d(images, weight, bias, padding=1)


@pytest.mark.parametrize("network", [OfTheInput, OfTheInputItself, OfItsParameters])
@pytest.mark.parametrize("inference_mode", [False, True])
def test_a_network_may_take_gradients(network: type[nn.Module], *, inference_mode: bool):
    restorer = Restorer(network(), ModelCard("m", "M", "restoration"))
    with torch.inference_mode(mode=inference_mode):
        restored = restorer(torch.rand(1, 3, 16, 16))
    assert restored.shape == (1, 3, 16, 16)
    assert not restored.requires_grad
    restorer.restore(IMAGE)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_the_input_has_the_type_of_the_network(dtype: torch.dtype):
    restorer = Restorer(nn.Conv2d(3, 3, 3, padding=1).to(dtype), ModelCard("m", "M", "restoration"))
    assert restorer.dtype == dtype
    assert restorer.restore(IMAGE).planes.dtype == np.float32


def test_lazy_modules_learn_their_sizes_and_an_exported_mode_is_left_alone():
    class OneMode(nn.Sequential):
        def train(self, mode: bool = True) -> nn.Sequential:  # noqa: FBT001, FBT002 -- torch's own signature
            raise NotImplementedError

    restorer = Restorer(
        OneMode(nn.LazyConv2d(4, 3, padding=1), nn.LazyConv2d(3, 1)), ModelCard("m", "M", "restoration")
    )
    assert restorer.restore(IMAGE).image.shape == IMAGE.shape
