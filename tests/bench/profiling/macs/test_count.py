from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.toy_networks import CARD, Toy
from restorebench.bench.contracts import InferenceSettings, ModelCard, SizeRequirements
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.inference import Restorer
from restorebench.bench.profiling.fvcore_check import fvcore_count
from restorebench.bench.profiling.macs.blueprint import parameters_on_meta
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.macs.records import OutsideCount, convention_total
from restorebench.bench.profiling.profiled_model import open_profiled_model
from torch import Tensor, nn


def fvcore_total(function: Callable[..., Tensor]) -> float:
    """What fvcore alone has for a function on 16x16 pixels."""
    subject = open_profiled_model(Restorer(Toy(function), CARD))
    found = fvcore_count(subject, subject.count((16, 16), InferenceSettings()))
    assert isinstance(found, OutsideCount)
    return found.macs


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
}


@pytest.mark.parametrize(("name", "official"), FLOPS.items())
def test_models_cost_what_the_official_networks_cost(name: str, official: str, fixtures: Path):
    expected = json.loads((fixtures / "parity" / "flops.json").read_text())[official]
    entry = MODELS.get(name)
    with parameters_on_meta():
        network = entry.build()
    counted = count_macs(network, entry.card)
    assert counted.method == "meta"
    assert counted.unknown == ()
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
