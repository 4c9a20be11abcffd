from __future__ import annotations

import pytest
import torch
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.identify import identify


@pytest.mark.parametrize("name", ["prenet_r", "prn", "prenet-gru", "prenet-x", "dmphn"])
def test_identifies_every_architecture_by_its_weights(name: str) -> None:
    assert [candidate.model for candidate in identify(MODELS.get(name).build().state_dict())] == [name]


def test_identifies_the_twins_and_the_parts() -> None:
    assert [found.describe() for found in identify(MODELS.get("prenet").build().state_dict())] == [
        "prenet",
        "prenet-lstm",
    ]
    state = MODELS.get("dmphn").build().state_dict()
    part = {key.removeprefix("encoder_lv1."): value for key, value in state.items() if key.startswith("encoder_lv1.")}
    found = identify(part)
    assert [candidate.part for candidate in found] == ["encoder_lv1", "encoder_lv2", "encoder_lv3"]
    assert found[0].describe() == "encoder_lv1 of dmphn"


def test_identifies_a_fine_tuned_relative_as_near() -> None:
    state = MODELS.get("prn").build().state_dict()
    state["conv.0.weight"] = torch.zeros(1, 32, 3, 3)
    best = identify(state)[0]
    assert not best.exact
    assert best.describe() == "prn (23 of 24 tensors agree)"
    assert identify({"something.else": torch.zeros(1)}) == []


def test_looks_below_a_name_that_all_keys_begin_with() -> None:
    state = MODELS.get("prn").build().state_dict()
    assert [found.model for found in identify({f"lightning.net.{key}": value for key, value in state.items()})] == [
        "prn"
    ]
    elsewhere = {f"net.{key}": value for key, value in state.items()} | {"other.weight": torch.zeros(1)}
    assert identify(elsewhere) == []
