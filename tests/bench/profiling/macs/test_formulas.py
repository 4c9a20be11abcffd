from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from helpers.toy_networks import CARD, Toy, count, with_side_work
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.inference import Restorer
from restorebench.bench.profiling.fvcore_check import fvcore_count
from restorebench.bench.profiling.macs.blueprint import parameters_on_meta
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.macs.formulas import fft
from restorebench.bench.profiling.macs.records import MacCount, OutsideCount
from restorebench.bench.profiling.profiled_model import open_profiled_model
from torch import Tensor, nn
from torch.nn import functional


def fvcore_total(function: Callable[..., Tensor]) -> float:
    """What fvcore alone has for a function on 16x16 pixels."""
    subject = open_profiled_model(Restorer(Toy(function), CARD))
    found = fvcore_count(subject, subject.count((16, 16), InferenceSettings()))
    assert isinstance(found, OutsideCount)
    return found.macs


def test_convolutions_of_every_kind():
    grouped = count(lambda net, x: net.conv(x)[:, :3], conv=nn.Conv2d(3, 12, 5, padding=2, groups=3, bias=False))
    assert grouped.total("conv") == grouped.total() == 16 * 16 * 12 * 25
    strided = count(with_side_work(nn.Conv2d(3, 8, 3, stride=2, bias=True)))
    assert strided.macs == {"conv": 7 * 7 * 8 * 27, "elementwise": 7 * 7 * 8 / 2}
    transposed = count(with_side_work(nn.ConvTranspose2d(3, 6, 4, stride=2, padding=1, bias=False)))
    assert transposed.total() == 16 * 16 * 3 * 6 * 16
    assert transposed.total("conv+linear, transposed at output") == 32 * 32 * 3 * 6 * 16
    depthwise = count(
        with_side_work(lambda x: functional.conv_transpose2d(x, x.new_ones(3, 1, 2, 2), stride=2, groups=3))
    )
    assert depthwise.total("conv") == 16 * 16 * 3 * 4
    one = count(with_side_work(lambda x: functional.conv1d(x.flatten(2), x.new_ones(5, 3, 7))))
    assert one.total("conv") == 250 * 5 * 21


def test_products_of_every_spelling():
    size = 16 * 16
    left, right = (3, size), (size, 10)

    def linear_form(work: Callable[[Tensor, Tensor], Any]) -> MacCount:
        return count(with_side_work(lambda x: work(x.reshape(left), x.new_ones(right))))

    expected = 3 * size * 10
    assert linear_form(lambda a, b: a @ b).macs["matmul"] == expected
    assert linear_form(lambda a, b: torch.einsum("ij,jk->ik", a, b)).macs["matmul"] == expected
    assert linear_form(lambda a, b: functional.linear(a, b.T)).macs["linear"] == expected
    assert linear_form(lambda a, b: a[0] @ b[:, 0]).macs["matmul"] == size
    biased = linear_form(lambda a, b: torch.addmm(a.new_ones(10), a, b))
    assert biased.macs == {"linear": expected, "elementwise": 30 / 2}
    batched = count(with_side_work(lambda x: torch.baddbmm(x.new_ones(1, 1, 1), x[0], x[0].mT)))
    assert batched.macs == {"matmul": 3 * 16**3, "elementwise": 3 * 16**2 / 2}


@pytest.mark.parametrize("method", ["meta", "executed"])
def test_attention_is_counted_where_fvcore_counts_nothing(method: str):
    def attend(_: nn.Module, image: Tensor) -> Tensor:
        tokens = image.flatten(2).mT[:, None]
        if method == "executed":
            float(image.sum())  # values are asked for, so the meta device will not do
        return (
            functional.scaled_dot_product_attention(tokens, tokens, tokens)[:, 0].mT.unflatten(2, (16, 16)).contiguous()
        )

    counted = count(attend)
    pairs = 256 * 256
    assert counted.method == method
    assert bool(counted.reason) == (method == "executed")
    assert counted.macs["matmul"] == 2 * pairs * 3
    assert counted.macs["normalisation"] == 6 * pairs / 2
    assert counted.check.agrees
    assert counted.check.macs == 2 * pairs * 3
    assert fvcore_total(attend) == 0


def test_each_attention_kernel_costs_the_same():
    def attend(_: nn.Module, image: Tensor) -> Tensor:
        tokens = image.reshape(1, 3, 4, 64)
        return functional.scaled_dot_product_attention(tokens, tokens, tokens).reshape(image.shape)

    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.MATH):
        assert count(attend).macs["matmul"] == 2 * 3 * 4 * 4 * 64
    encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)

    def encode(net: Any, image: Tensor) -> Tensor:
        float(image.sum())  # on a real device torch has a fused operator for a whole layer
        return net.encoder(image.reshape(1, 96, 8)).reshape(image.shape)

    counted = count(encode, encoder=encoder)
    assert counted.method == "executed"
    assert counted.unknown == ()
    assert counted.macs["linear"] == 96 * (3 * 8 * 8 + 8 * 8 + 8 * 16 + 16 * 8)
    assert counted.macs["matmul"] == 2 * 96 * 96 * 8


def test_fourier_transforms_are_counted_where_fvcore_counts_nothing():
    def transform(_: nn.Module, image: Tensor) -> Tensor:
        return torch.fft.irfft2(torch.fft.rfft2(image), s=image.shape[-2:])

    counted = count(transform)
    # 2.5 N log2 N operations each way for each of 3 channels, N = 256
    assert counted.macs == {"fft": 2 * 3 * 2.5 * 256 * 8 / 2}
    assert counted.total("conv+linear+matmul") == 0
    assert fvcore_total(transform) == 0
    full = count(with_side_work(lambda x: torch.fft.fft(torch.complex(x, x))))
    assert full.macs["fft"] == 3 * 16 * 5 * 16 * math.log2(16) / 2
    assert fft(1, 5, real=True) == 0


def test_fftformer_has_its_fourier_transforms():
    entry = MODELS.get("fftformer")
    with parameters_on_meta():
        network = entry.build()
    counted = count_macs(network, entry.card)
    transforms = {operator.name: operator.calls for operator in counted.operators if "fft" in operator.macs}
    assert transforms["aten::_fft_r2c"] == 110
    assert transforms["aten::_fft_c2r"] == 82
    assert counted.macs["fft"] > 9e9


def test_complex_arithmetic_is_more_than_real():
    def work(image: Tensor) -> None:
        spectrum = torch.fft.fft2(image)
        spectrum.mul(spectrum)
        spectrum.mul(2.0)
        _ = spectrum + spectrum

    counted = count(with_side_work(work))
    operators = {
        operator.name: operator.macs["elementwise"] for operator in counted.operators if "mul" in operator.name
    }
    pixels = 3 * 16 * 16
    assert operators["aten::mul"] == (6 + 2) * pixels / 2
    assert counted.macs["elementwise"] == (6 + 2 + 2) * pixels / 2


def test_normalisations_resampling_and_elementwise_work():
    pixels = 3 * 16 * 16
    assert count(lambda _, x: functional.layer_norm(x, x.shape[1:])).macs == {"normalisation": 5 * pixels / 2}
    assert count(lambda net, x: net.norm(x), norm=nn.GroupNorm(3, 3)).macs == {"normalisation": 7 * pixels / 2}
    assert count(lambda net, x: net.norm(x), norm=nn.BatchNorm2d(3)).macs == {"normalisation": 2 * pixels / 2}
    assert count(lambda _, x: x.softmax(1)).macs == {"normalisation": 5 * pixels / 2}
    assert count(with_side_work(lambda x: functional.avg_pool2d(x, 2))).macs == {"resampling": pixels / 2}
    assert count(with_side_work(lambda x: functional.max_pool2d(x, 3, 1))).macs == {"resampling": 3 * 14 * 14 * 9 / 2}
    bilinear = count(with_side_work(lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear")))
    assert bilinear.macs == {"resampling": 4 * 4 * pixels}
    grid = torch.zeros(1, 16, 16, 2)  # a constant that is no buffer
    sampled = count(lambda _, x: functional.grid_sample(x, grid.expand(1, -1, -1, -1), align_corners=False))
    assert sampled.method == "meta"
    assert sampled.macs == {"resampling": 4 * pixels}
    assert count(lambda _, x: torch.addcmul(x, x, x)).macs == {"elementwise": 2 * pixels / 2}
    assert count(lambda _, x: x.clone().relu_().exp().sub(x, alpha=2)).macs == {"elementwise": 4 * pixels / 2}
    assert count(lambda _, x: x - x.mean((2, 3), keepdim=True)).macs == {"elementwise": 2 * pixels / 2}
