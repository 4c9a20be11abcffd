"""Backward operators against torch's own counter and against what a gradient is made of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from restorebench.bench.contracts import ModelCard
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.macs.counter import OperatorCounter
from torch import Tensor, nn
from torch.nn import functional

CARD = ModelCard("descent", "Descent", "restoration", needs_weights=False)
SHAPE = (2, 8, 16, 16)
LAYERS = [
    nn.Conv2d(8, 16, 3, 2, 1),
    nn.ConvTranspose2d(8, 4, 4, 2, 1),
    nn.Linear(16, 4),
    nn.LayerNorm(16),
    nn.GroupNorm(2, 8),
    nn.BatchNorm2d(8),
    nn.InstanceNorm2d(8, affine=True),
    nn.RMSNorm(16),
    nn.Softmax(1),
    nn.LogSoftmax(1),
    nn.ReLU(),
    nn.ReLU6(),
    nn.GELU(),
    nn.SiLU(),
    nn.Sigmoid(),
    nn.Tanh(),
    nn.LeakyReLU(),
    nn.PReLU(),
    nn.ELU(),
    nn.Softplus(),
    nn.Hardtanh(),
    nn.Hardswish(),
    nn.Hardsigmoid(),
    nn.Mish(),
    nn.GLU(1),
    nn.Dropout(),
    nn.AvgPool2d(2),
    nn.MaxPool2d(2),
    nn.AdaptiveAvgPool2d(4),
    nn.Upsample(scale_factor=2),
    nn.Upsample(scale_factor=2, mode="bilinear"),
    nn.Upsample(scale_factor=2, mode="bicubic"),
    nn.ReflectionPad2d(1),
    nn.ReplicationPad2d(1),
    nn.PixelShuffle(2),
]
GRID = torch.linspace(-1, 1, 2 * 16 * 16 * 2).reshape(2, 16, 16, 2)
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "attention": lambda x: functional.scaled_dot_product_attention(x, x, x),
    "fourier": lambda x: torch.fft.irfft2(torch.fft.rfft2(x) * 2),
    "grid_sample": lambda x: functional.grid_sample(x, GRID, align_corners=False),
    "antialiased": lambda x: functional.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True),
    "unfold": lambda x: functional.unfold(x, 3),
    "norm": lambda x: x.norm(),
    "sort": lambda x: x.sort(1)[0],
}


class Descent(nn.Module):
    """One step down the gradient of |A x|^2, which takes the products of A forward and of its adjoint."""

    def __init__(self, operator: nn.Module) -> None:
        super().__init__()
        self.operator = operator

    def forward(self, image: Tensor) -> Tensor:
        with torch.enable_grad():
            x = image.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(self.operator(x).square().sum(), x)
        return image - 0.1 * gradient


def counted(function: Callable[[Tensor], Tensor], parameters: tuple[Tensor, ...] = ()) -> OperatorCounter:
    image = torch.rand(SHAPE, requires_grad=True)
    with OperatorCounter() as counter:
        torch.autograd.grad(function(image).sum(), [image, *parameters])
    return counter


def unknown(counter: OperatorCounter) -> list[str]:
    return [name for name, tally in counter.books.operators.items() if tally.status == "unknown"]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_gradients_of_every_usual_layer_are_counted(layer: nn.Module):
    assert unknown(counted(layer, tuple(layer.parameters()))) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_of_functions_are_counted(name: str):
    assert unknown(counted(FUNCTIONS[name])) == []


@pytest.mark.parametrize("layer", LAYERS[:3], ids=str)
def test_products_of_forward_and_both_gradients_are_three_times_the_layer(layer: nn.Module):
    with OperatorCounter() as forward, torch.inference_mode():
        layer(torch.rand(SHAPE))
    products = sum(forward.books.macs[category] for category in ("conv", "linear", "matmul"))
    both = counted(layer, tuple(layer.parameters())).books.macs
    assert sum(both[category] for category in ("conv", "linear", "matmul")) == 3 * products > 0


def test_groups_divide_the_products_of_both_gradients():
    whole, groups = (counted(layer, (layer.weight,)) for layer in (nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3, groups=4)))
    assert whole.books.macs["conv"] == 4 * groups.books.macs["conv"]


@pytest.mark.parametrize("operator", [nn.Conv2d(3, 3, 3, 1, 1), nn.Conv2d(3, 5, 3, 2, 1), nn.Conv2d(3, 3, 3, groups=3)])
def test_a_network_that_takes_gradients_is_counted_whole_and_as_torch_counts_it(operator: nn.Conv2d):
    count = count_macs(Descent(operator), CARD, (32, 32))
    with OperatorCounter() as forward, torch.inference_mode():
        operator(torch.rand(1, 3, 32, 32))
    assert count.unknown == ()
    assert count.macs["conv"] == 2 * forward.books.macs["conv"] > 0
    assert count.check is not None
    assert count.check.macs == count.check.ours
