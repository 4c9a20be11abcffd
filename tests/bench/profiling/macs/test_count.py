from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from restorebench.bench.contracts import InferenceSettings, ModelCard, SizeRequirements
from restorebench.bench.errors import RestorationError
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.inference import Restorer
from restorebench.bench.profiling.fvcore_check import fvcore_count
from restorebench.bench.profiling.macs.blueprint import blueprint, parameters_on_meta
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.macs.formulas import fft
from restorebench.bench.profiling.macs.operators import register_operator
from restorebench.bench.profiling.macs.records import MacCount, OutsideCount, convention_total
from restorebench.bench.profiling.profiled_model import open_profiled_model
from torch import Tensor, nn
from torch.nn import functional

CARD = ModelCard("toy", "Toy", "restoration", needs_weights=False)


class Toy(nn.Module):
    """Any function as a network, with layers of its own if it needs them."""

    def __init__(self, function: Callable[..., Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, image: Tensor) -> Tensor:
        return self.function(self, image)


def count(function: Callable[..., Any], size: tuple[int, int] = (16, 16), **layers: nn.Module) -> MacCount:
    return count_macs(Toy(function, **layers), CARD, size)


def with_side_work(work: Callable[[Tensor], Any]) -> Callable[..., Tensor]:
    """A function that does some work and returns its input, so that only the work costs anything."""

    def forward(_: nn.Module, image: Tensor) -> Tensor:
        work(image)
        return image

    return forward


def fvcore_total(function: Callable[..., Tensor]) -> float:
    """What fvcore alone has for a function on 16x16 pixels."""
    subject = open_profiled_model(Restorer(Toy(function), CARD))
    found = fvcore_count(subject, subject.count((16, 16), InferenceSettings()))
    assert isinstance(found, OutsideCount)
    return found.macs


# --- every model against what the official networks cost


FLOPS = {
    "nafnet-width32-notlc": "nafnet_width32",
    "nafnet-width64-notlc": "nafnet_width64",
    "restormer": "restormer",
    "fftformer": "fftformer",
    "stripformer": "stripformer",
    "prenet": "PReNet",
    "prenet_r": "PReNet_r",
    "prn": "PRN",
    "prn_r": "PRN_r",
    "irsde-derain": "irsde_unet_per_step",
    "refusion": "refusion_condnafnet_per_step",
    "hinet-deblur": "hinet_deblurring",
    "hinet-derain": "hinet_deraining",
    "mimo-unet": "mimounet",
    "mimo-unet-plus": "mimounet_plus",
    "mprnet-deblur": "mprnet_deblurring",
    "mprnet-derain": "mprnet_deraining",
}


def official_flops(fixtures: Path) -> dict[str, Any]:
    files = [fixtures / "parity" / name for name in ("flops.json", "flops_2.json")]
    return {network: counts for file in files for network, counts in json.loads(file.read_text()).items()}


@pytest.mark.parametrize(("name", "official"), FLOPS.items())
def test_models_cost_what_the_official_networks_cost(name: str, official: str, fixtures: Path):
    expected = official_flops(fixtures)[official]
    entry = MODELS.get(name)
    with parameters_on_meta():
        network = entry.build()
    counted = count_macs(network, entry.card)
    assert counted.method == "meta"
    assert counted.unknown == ()
    assert counted.check is not None
    assert counted.check.agrees
    assert counted.check.difference == 0
    assert sum(module.params for module in counted.modules) == expected["params"]
    macs = counted.macs
    if counted.repeats is not None:
        assert counted.repeats.times == 100
        assert counted.repeats.module == "network"
        macs = counted.repeats.macs
        assert counted.total() == pytest.approx(100 * sum(macs.values()), rel=1e-3)
    ours = convention_total(macs, 0, "conv+linear+matmul") / 1e9
    assert ours == pytest.approx(expected["conv_linear_matmul_G"], rel=1e-6)
    assert macs["conv"] / 1e9 == pytest.approx(expected["by_operator"]["conv"], rel=1e-9)


def test_modules_add_up_to_the_whole():
    network = MODELS.get("stripformer-nano").build()
    counted = count_macs(network, CARD, (64, 64))
    assert sum(sum(module.macs.values()) for module in counted.modules) == pytest.approx(counted.total(), rel=1e-12)
    convolutions = [module for module in counted.modules if module.kind in {"Conv2d", "ConvTranspose2d"}]
    assert sum(module.macs["conv"] for module in convolutions) == counted.total("conv")


def test_a_large_restormer_is_counted_in_little_memory():
    code = (
        "import resource, time, torch\n"
        "from restorebench.bench.models import MODELS\n"
        "from restorebench.bench.profiling.macs.blueprint import parameters_on_meta\n"
        "from restorebench.bench.profiling.macs.count import count_macs\n"
        "entry = MODELS.get('restormer')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "with parameters_on_meta(): network = entry.build()\n"
        "counted = count_macs(network, entry.card, (720, 1280))\n"
        "print(counted.method, counted.total('conv+linear+matmul'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    (method, macs), (grown,) = (line.split() for line in done.stdout.splitlines())
    assert method == "meta"
    assert float(macs) == pytest.approx(154.882031616e9 * 1280 * 720 / 256**2, rel=1e-3)
    assert int(grown) < 100_000  # kilobytes: less than the weights alone would take


# --- fvcore


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


# --- closed forms


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
    assert counted.check is not None
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


def test_moving_data_is_free_and_listed():
    def move(_: nn.Module, image: Tensor) -> Tensor:
        shuffled = functional.pixel_shuffle(functional.pixel_unshuffle(image, 2), 2)
        padded = functional.pad(shuffled, (1, 1, 1, 1), mode="reflect")
        return torch.cat((padded[..., 1:-1, 1:9], padded[..., 1:-1, 9:17].roll(1, 2)), 3)

    counted = count(move)
    assert counted.total() == 0
    assert counted.unknown == ()
    free = {operator.name for operator in counted.operators if operator.status == "free"}
    assert {"aten::pixel_shuffle", "aten::reflection_pad2d", "aten::roll", "aten::cat"} <= free


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return x * 2


def test_custom_autograd_functions_are_looked_into():
    assert count(lambda _, x: Doubled.apply(x)).macs == {"elementwise": 3 * 16 * 16 / 2}


# --- what cannot be counted is said


def test_an_operator_of_ones_own_is_unknown_until_it_is_registered():
    library = torch.library.Library("restorebench_test", "FRAGMENT")
    library.define("scan(Tensor x) -> Tensor")
    library.impl("scan", lambda x: x * 2, "CPU")
    library.impl("scan", lambda x: x.clone(), "Meta")

    def scan(_: nn.Module, image: Tensor) -> Tensor:
        return torch.ops.restorebench_test.scan(image) + image

    counted = count(scan)
    assert counted.unknown == ("restorebench_test::scan",)
    assert counted.total() == 3 * 16 * 16 / 2  # the sum is still there: a lower bound
    register_operator("restorebench_test::scan", lambda call: {"elementwise": 10.0 * call.first.numel()})
    try:
        registered = count(scan)
        assert registered.unknown == ()
        assert registered.total() == (10 + 0.5) * 3 * 16 * 16
        register_operator("restorebench_test::scan", None)
        assert count(scan).total() == 3 * 16 * 16 / 2
        assert count(scan).unknown == ()
    finally:
        from restorebench.bench.profiling.macs import operators

        operators._registered.clear()
        operators.rule_for.cache_clear()


def test_work_outside_torch_is_a_lower_bound():
    counted = count(lambda _, x: torch.from_numpy(x.numpy() * 2) + x)
    assert counted.method == "executed"
    assert counted.unknown == ("Tensor.numpy",)
    assert "meta" in counted.reason


def test_a_network_that_fails_everywhere_fails_with_its_own_error():
    network = Toy(lambda net, x: net.conv(x), conv=nn.Conv2d(4, 3, 1))
    with pytest.raises(RestorationError, match=r"toy cannot be counted: RuntimeError: .*channels"):
        count_macs(network, CARD)
    with pytest.raises(RestorationError, match=r"toy cannot be counted without data: RuntimeError"):
        count_macs(network, CARD, execute=False)


# --- as executed


def test_repeated_parts_are_charged_as_often_as_they_run():
    def sampler(net: Any, image: Tensor) -> Tensor:
        for _ in range(50):
            image = image + net.predictor(image)
        return image

    runs: list[int] = []
    predictor = nn.Conv2d(3, 3, 3, padding=1, bias=False)
    network = Toy(sampler, predictor=predictor)
    predictor.register_forward_hook(lambda *_: runs.append(1))
    counted = count_macs(network, CARD, (16, 16))
    assert counted.macs["conv"] == 50 * 16 * 16 * 81
    assert counted.macs["elementwise"] == 50 * 3 * 16 * 16 / 2
    assert counted.repeats is None  # the sums are more than 1 % of the work
    network.predictor = nn.Conv2d(3, 3, 31, padding=15, bias=False)
    counted = count_macs(network, CARD, (16, 16))
    assert counted.repeats is not None
    assert (counted.repeats.module, counted.repeats.times) == ("predictor", 50)
    assert counted.repeats.macs == {"conv": 16 * 16 * 9 * 31 * 31}
    assert counted.check is not None
    assert counted.check.macs == 2 * counted.repeats.macs["conv"]  # two calls ran


def test_a_part_whose_calls_differ_is_never_replayed():
    class Growing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            for _ in range(self.calls):
                x = x.exp()
            return x

    def repeat(net: Any, image: Tensor) -> Tensor:
        for _ in range(4):
            image = net.growing(image)
        return image

    counted = count(repeat, growing=Growing())
    assert counted.total() == (1 + 2 + 3 + 4) * 3 * 16 * 16 / 2
    assert counted.repeats is None


def test_tiles_and_padding_are_counted_as_executed():
    network = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, bias=False))
    whole = count_macs(network, CARD, (100, 100))
    assert whole.total("conv") == 100 * 100 * 81
    assert (whole.tile, whole.passes) == (None, 1)
    tiled = count_macs(network, CARD, (100, 100), settings=InferenceSettings(tile=40, tile_overlap=10))
    assert tiled.total("conv") == 9 * 40 * 40 * 81
    assert (tiled.tile, tiled.passes) == (40, 9)
    assert tiled.macs["elementwise"] > 0  # seams are blended
    padded = count_macs(network, ModelCard("x", "X", "restoration", size=SizeRequirements(multiple_of=64)), (100, 100))
    assert padded.total("conv") == 128 * 128 * 81


def test_local_means_cost_what_they_cost():
    with_tlc, without = MODELS.get("nafnet-width32"), MODELS.get("nafnet-width32-notlc")
    at_training_size = [count_macs(entry.build(), entry.card).total("conv") for entry in (with_tlc, without)]
    assert at_training_size[0] == at_training_size[1]
    larger = [count_macs(entry.build(), entry.card, (720, 1280)).total("conv") for entry in (with_tlc, without)]
    assert larger[0] > 1.01 * larger[1]


def test_batches_are_counted_whole():
    network = nn.Conv2d(3, 3, 3, padding=1, bias=False)
    assert count_macs(network, CARD, (16, 16), batch=4).total() == 4 * count_macs(network, CARD, (16, 16)).total()


def test_groups_stand_apart():
    class Physics(nn.Module):
        cost_group = "physics"

        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Conv2d(3, 3, 3, padding=1, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x)

    network = nn.Sequential(nn.Conv2d(3, 3, 5, padding=2, bias=False), Physics())
    counted = count_macs(network, CARD, (16, 16))
    assert counted.groups == {"physics": 16 * 16 * 81}
    assert counted.total() == 16 * 16 * 3 * 3 * (25 + 9)


# --- blueprints


def test_counting_leaves_the_network_as_it_was():
    network = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    count_macs(network, CARD, (16, 16))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks or "forward" in vars(module) for module in network.modules())


def test_a_blueprint_shares_what_the_network_shares():
    conv = nn.Conv2d(3, 3, 1)
    tied = nn.Sequential(conv, conv, nn.Conv2d(3, 3, 1))
    tied[2].weight = conv.weight
    copied: Any = blueprint(tied)
    assert all(parameter.is_meta for parameter in copied.parameters())
    assert len(list(copied.parameters())) == len(list(tied.parameters())) == 3
    assert copied[0].weight is copied[2].weight
    assert not conv.weight.is_meta


def test_networks_built_on_meta_take_no_memory_for_parameters():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with parameters_on_meta():
        large = nn.Linear(1 << 15, 1 << 14)  # 2 GiB
    assert large.weight.is_meta
    assert not nn.Linear(2, 2).weight.is_meta
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
