from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from helpers.bad_models import BAD_MODELS
from restorebench.bench import check_model
from restorebench.bench.cli import main
from restorebench.bench.contracts import InferenceSettings, ModelCard, SizeRequirements
from restorebench.bench.errors import ModelContractError, UsageError
from restorebench.bench.models.contract_checks import check_restorer
from restorebench.bench.models.inference import Restorer
from torch import Tensor, nn


def restorer(network: nn.Module, **card: object) -> Restorer:
    return Restorer(network, ModelCard("bad", "Bad", "restoration", **card), InferenceSettings())  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("build", list(BAD_MODELS), ids=lambda build: build.__name__)
def test_a_bad_model_fails_for_the_right_reason(build: type[nn.Module]):
    check, words = BAD_MODELS[build]
    # A network that accepts multiples of 8 restores the 64x80 trial image.
    report = check_restorer(restorer(build()))
    assert check in [result.name for result in report.failed], str(report)
    assert words in report[check].reason


class Smooth(nn.Module):
    """A good model: a blur and a little of the input, which needs sizes that are multiples of 4."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.drop = nn.Dropout(0.5)

    def forward(self, images: Tensor) -> Tensor:
        small = nn.functional.interpolate(images, scale_factor=0.25, mode="area")
        large = nn.functional.interpolate(small, scale_factor=4, mode="nearest")
        return self.drop(0.5 * (images + large) + 0 * self.norm(images))


class NoisyButSeeded(nn.Module):
    def manual_seed(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def forward(self, images: Tensor) -> Tensor:
        return images + 0.01 * torch.randn(images.shape, generator=self.generator)


class OneAtATime(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        if len(images) != 1:
            raise ValueError("one image at a time")
        return images * 0.9


@pytest.mark.parametrize("network", [Smooth, NoisyButSeeded, OneAtATime, nn.Identity])
def test_a_good_model_passes_every_check(network: type[nn.Module]):
    report = check_restorer(restorer(network(), size=SizeRequirements(4)))
    assert not report.failed, str(report)


def test_the_checks_leave_the_network_as_it_was():
    network = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    check_restorer(restorer(network))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_one_line_in_a_plugins_test():
    assert not check_model(nn.Identity()).failed
    with pytest.raises(AssertionError, match=r"range +failed +values from 4 to 24\d fit 0\.\.255 better"):
        check_model(next(build for build in BAD_MODELS if build.__name__ == "EightBitValues")())
    with pytest.raises(UsageError, match="int is no model"):
        check_model(3)  # pyright: ignore[reportArgumentType]
    assert issubclass(ModelContractError, AssertionError)


ONE_OF_EACH = [
    "adair-nano",
    "convir-nano",
    "deblurganv2-mobilenet",
    "fftformer-nano",
    "irsde-nano[steps=3]",
    "nafnet-nano-derain+pde",
    "opir-nano",
    "prn_r",
    "promptir-nano",
    "restormer-nano",
    "stripformer-nano+conv",
    "wiener",
    "x-restormer-nano",
]
"""The smallest of each architecture; the others differ from it in width and depth."""


@pytest.mark.parametrize("name", ["nafnet-nano", "identity", "prn"])
def test_registered_models_pass(name: str):
    report = check_model(name)
    assert report["second process"].status == "passed"


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_one_of_each_architecture_passes(name: str):
    check_model(name)


FILE = """\
import time
from torch import nn


class Clock(nn.Module):
    def forward(self, x):
        return x * OFFSET


OFFSET = hash("a name") % 1_000_003 / 1_000_003


def build():
    return Clock()
"""


def test_a_model_that_depends_on_the_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "net.py").write_text(FILE)
    assert main(["models", "test", f"{tmp_path}/net.py:build", "--json"]) == 1
    results = {result["name"]: result for result in json.loads(capsys.readouterr().out)["results"]}
    assert results["second process"]["status"] == "failed"
    assert "depends on the process" in results["second process"]["reason"]


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["models", "test", "identity"]) == 0
    assert "passed" in capsys.readouterr().out
    assert main(["models", "test", "identiy"]) == 2
    (tmp_path / "net.py").write_text("raise SystemExit(0)\n")
    assert main(["models", "test", f"{tmp_path}/net.py:build"]) == 2
    assert "ended the program" in capsys.readouterr().err
