from __future__ import annotations

from pathlib import Path

import pytest
import torch
from helpers.states import State, assert_same, small_state
from restorebench.bench.errors import CheckpointError
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.fitting import load_weights
from torch import nn


@pytest.fixture
def state() -> State:
    return small_state()


def test_loads_strictly_and_in_place(state: State, tmp_path: Path) -> None:
    network = nn.ModuleDict({"conv": nn.Conv2d(3, 1, 3)})
    network.register_buffer("steps", torch.tensor(0))
    load_weights(network, state, model_name="mine", path=tmp_path)
    assert_same({key: network.state_dict()[key] for key in state}, state)


def test_a_misfit_names_the_first_keys_of_each_kind() -> None:
    network = nn.ModuleDict({name: nn.Linear(2, 2) for name in "abcde"})
    state = network.state_dict()
    wrong = {key: value for key, value in state.items() if not key.startswith(("b.", "c."))}
    wrong |= {"a.weight": torch.zeros(3, 2), "z.weight": torch.zeros(1)}
    with pytest.raises(CheckpointError) as raised:
        load_weights(network, wrong, model_name="mine", path=Path("best.pth"))
    assert str(raised.value) == (
        "best.pth does not fit mine: 4 missing (b.weight, b.bias, c.weight, ...), 1 unexpected (z.weight), "
        "1 of another shape (a.weight is 3x2 instead of 2x2)."
    )


def test_a_misfit_names_the_model_it_belongs_to() -> None:
    state = MODELS.get("prn_r").build().state_dict()
    with pytest.raises(
        CheckpointError, match=r"rain\.pth does not fit prenet: it holds the weights of prn_r; 24 missing"
    ):
        load_weights(MODELS.get("prenet").build(), state, model_name="prenet", path=Path("rain.pth"))


def test_a_part_alone_is_named_as_such() -> None:
    network = MODELS.get("dmphn").build()
    part = network.get_submodule("encoder_lv1").state_dict()
    with pytest.raises(
        CheckpointError, match=r"e\.pkl does not fit dmphn: it is only encoder_lv1 of dmphn; 180 missing"
    ):
        load_weights(network, part, model_name="dmphn", path=Path("e.pkl"))
