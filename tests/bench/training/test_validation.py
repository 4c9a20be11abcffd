from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from restorebench.bench.errors import UsageError
from restorebench.bench.training.export import read_card
from restorebench.bench.training.recipe import Recipe, Validation
from restorebench.bench.training.trainer import train
from safetensors.torch import load_file

NETWORK = """
from torch import nn

class Brighter(nn.Module):
    def __init__(self, gain):
        super().__init__()
        self.gain = gain
        self.convolution = nn.Conv2d(3, 3, 1)
        nn.init.dirac_(self.convolution.weight)

    def forward(self, image):
        return self.gain * self.convolution(image)

def build(*, gain: float = 1.0):
    return Brighter(gain)
"""


@pytest.fixture
def optional(recipe: Recipe, tmp_path: Path) -> Recipe:
    """Three iterations of a network with an option."""
    (tmp_path / "brighter.py").write_text(NETWORK)
    stages = (replace(recipe.stages[0], iterations=3),)
    return replace(recipe, model=f"{tmp_path}/brighter.py:build", stages=stages)


def with_options(recipe: Recipe, options: str) -> Recipe:
    assert recipe.validation is not None
    return replace(recipe, validation=replace(recipe.validation, options=options))


def test_options_of_validation_are_those_of_an_evaluation(optional: Recipe, tmp_path: Path, pairs: Path) -> None:
    from restorebench.bench import Control, evaluate, open_dataset

    weights = train(with_options(optional, "gain=0.5"), tmp_path / "out")
    dataset = open_dataset("paired", pairs)
    name = f"{optional.model}[gain=0.5]"
    run = evaluate(name, dataset, out=tmp_path / "run", weights=weights, control=Control(limit=2))
    assert read_card(weights).validation["psnr"] == pytest.approx(run.summary.metrics["psnr"].mean, abs=1e-6)


def test_validation_changes_neither_the_weights_nor_their_name(optional: Recipe, tmp_path: Path) -> None:
    ways = [optional, with_options(optional, "gain=0.5"), replace(optional, validation=None)]
    trained = [train(way, tmp_path / str(index)) for index, way in enumerate(ways)]
    plain, *others = [load_file(path) for path in trained]
    for other in others:
        assert all(torch.equal(plain[key], other[key]) for key in plain)
    assert {read_card(path).model for path in trained} == {optional.model}


def test_an_option_that_the_model_lacks_is_refused(optional: Recipe, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gian.*did you mean gain"):
        train(with_options(optional, "gian=0.5"), tmp_path / "out")
    assert Validation("x").options == ""
