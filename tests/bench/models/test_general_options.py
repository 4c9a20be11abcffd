from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from restorebench.bench import load_model
from restorebench.bench.errors import UsageError

FILE = """\
from torch import nn


class Net(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, x):
        return self.make(x)


def listed(width: int = 3): return Net(lambda x: [x * 0, {"image": x}, x])
def eight_bit(): return Net(lambda x: x * 255)
def integers(): return Net(lambda x: (x * 255).round().byte())
def signed(): return Net(lambda x: x)
def picky(): return Net(lambda x: x.reshape(1, 3, 16, -1, 16, x.shape[-1] // 16).reshape(x.shape))
def own(output: int = 3): return Net(lambda x: x * output)
"""

IMAGE = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "model",
    [
        "listed[output=2]",
        "listed[output=-1,width=4]",
        "eight_bit[output_range=0..255]",
        "integers[output_range=0..255]",
        "signed[input_range=-1..1,output_range=-1..1]",
        "picky[multiple_of=16]",
        "picky[multiple-of=16,padding=zeros,minimum=48]",
        "own[output=1]",
    ],
)
def test_a_general_option_makes_the_model_the_identity(tmp_path: Path, model: str):
    (tmp_path / "net.py").write_text(FILE)
    restorer = load_model(f"{tmp_path}/net.py:{model}")
    assert np.abs(restorer.restore(IMAGE).image - IMAGE / 255).max() < 1e-6
    assert str(restorer.card.settings)  # recorded
    name, _, value = model.partition("[")[2].rstrip("]").split(",")[0].partition("=")
    assert str(restorer.card.settings[name.replace("-", "_")]) == value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("output_range=255", "is not a range"),
        ("output_range=1..0", "is not a range"),
        ("multiple_of=0", "must be at least 1"),
        ("multiple_of=half", "it must be int"),
        ("padding=mirror", "is not a value for option .padding"),
        ("outptu_range=0..1", "did you mean output_range"),
        ("widht=3", "did you mean width"),
    ],
)
def test_a_wrong_one_is_a_sentence(tmp_path: Path, options: str, message: str):
    (tmp_path / "net.py").write_text(FILE)
    with pytest.raises(UsageError, match=message):
        load_model(f"{tmp_path}/net.py:listed[{options}]")


def test_the_network_is_not_asked_for_gradients(tmp_path: Path):
    (tmp_path / "net.py").write_text(FILE)
    assert not load_model(f"{tmp_path}/net.py:signed")(torch.rand(1, 3, 8, 8)).requires_grad
