"""Complex products are the real ones that they are, and a mode changes what is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from restorebench.bench.contracts import ModelCard
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.macs.records import MacCount
from torch import Tensor, nn
from torch.nn import functional

CARD = ModelCard("toy", "Toy", "restoration", needs_weights=False)
PIXELS = 16 * 16


class Toy(nn.Module):
    def __init__(self, work: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.work = work

    def forward(self, image: Tensor) -> Tensor:
        self.work(image)
        return image


def count(work: Callable[[Tensor], Any]) -> MacCount:
    return count_macs(Toy(work), CARD, (16, 16))


def as_complex(image: Tensor) -> Tensor:
    return torch.complex(image, image)


def kernel(*shape: int) -> Tensor:
    return torch.zeros(shape, dtype=torch.cfloat)


PRODUCTS: dict[str, tuple[Callable[[Tensor], Any], Callable[[Tensor], Any]]] = {
    "matmul": (lambda x: as_complex(x) @ kernel(16, 5), lambda x: x @ torch.zeros(16, 5)),
    "einsum": (
        lambda x: torch.einsum("bchw,cd->bdhw", as_complex(x), kernel(3, 4)),
        lambda x: torch.einsum("bchw,cd->bdhw", x, torch.zeros(3, 4)),
    ),
    "linear": (
        lambda x: functional.linear(as_complex(x), kernel(5, 16)),
        lambda x: functional.linear(x, torch.zeros(5, 16)),
    ),
    "conv": (
        lambda x: functional.conv2d(as_complex(x), kernel(4, 3, 3, 3)),
        lambda x: functional.conv2d(x, torch.zeros(4, 3, 3, 3)),
    ),
    "transposed": (
        lambda x: functional.conv_transpose2d(as_complex(x), kernel(3, 4, 2, 2), stride=2),
        lambda x: functional.conv_transpose2d(x, torch.zeros(3, 4, 2, 2), stride=2),
    ),
    "bmm": (
        lambda x: torch.bmm(as_complex(x[0]), kernel(3, 16, 2)),
        lambda x: torch.bmm(x[0], torch.zeros(3, 16, 2)),
    ),
}


@pytest.mark.parametrize("kind", PRODUCTS)
def test_a_complex_product_is_four_real_ones(kind: str):
    complex_form, real_form = map(count, PRODUCTS[kind])
    assert complex_form.total("conv+linear+matmul") == 4 * real_form.total("conv+linear+matmul") > 0
    assert not complex_form.unknown
    assert complex_form.check is not None
    assert complex_form.check.agrees


@pytest.mark.parametrize(
    ("work", "operations"),
    [
        (lambda z: z * z, 6),
        (lambda z: z * 1j, 6),
        (lambda z: z * 2.0, 2),
        (lambda z: z + z, 2),
        (lambda z: z / 2.0, 2),
        (lambda z: z / z, 11),
        (lambda z: z.abs(), 4),
        (lambda z: -z, 2),
        (lambda z: z.sum(), 2),
    ],
)
def test_elementwise_operations_on_complex_numbers(work: Callable[[Tensor], Any], operations: float):
    counted = count(lambda x: work(torch.view_as_complex(torch.stack([x, x], -1))))
    assert counted.macs["elementwise"] == operations * 3 * PIXELS / 2
    assert not counted.unknown


def test_what_has_no_formula_on_complex_numbers_is_named():
    assert count(lambda x: as_complex(x).tan()).unknown == ("aten::tan (complex)",)


@pytest.mark.parametrize(("mode", "samples"), [("bilinear", 4), ("nearest", 0), ("bicubic", 16)])
def test_grid_sample_is_counted_by_its_mode(mode: str, samples: int):
    grid = torch.zeros(1, 8, 8, 2)
    counted = count(lambda x: functional.grid_sample(x, grid, mode=mode, align_corners=False))
    assert counted.macs.get("resampling", 0.0) == samples * 3 * 64
    assert not counted.unknown


def recorded(x: Tensor) -> Tensor:
    with torch.profiler.record_function("mine"):
        return x * 2


@pytest.mark.parametrize(
    "work",
    [
        recorded,
        nn.DataParallel(nn.Conv2d(3, 3, 1)),
        lambda x: (x * 255).to(torch.int32) @ torch.ones(16, 4, dtype=torch.int32),
        lambda x: (x > 0.5) & (x < 0.7),
        lambda x: x.topk(3, dim=1),
        lambda x: functional.interpolate(x, scale_factor=0.5, mode="bicubic", antialias=True),
    ],
)
def test_what_is_no_lower_bound(work: Callable[[Tensor], Any]):
    assert count(work).unknown == ()


def test_torchscript_is_counted_as_it_runs():
    import warnings

    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated
        scripted = torch.jit.script(network)
    parts = nn.Sequential(scripted)
    counted, expected = count_macs(parts, CARD, (16, 16)), count_macs(network, CARD, (16, 16))
    assert counted.method == "executed"
    assert counted.macs == expected.macs
