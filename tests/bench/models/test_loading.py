"""From a specification to a network: weights that are given, found, random, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from restorebench.bench.contracts import ModelCard
from restorebench.bench.errors import CheckpointError, UsageError
from restorebench.bench.models.checkpoints import sha256_file
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.loading import RANDOM, WeightsChoice, bound_card, load_model, open_model
from restorebench.bench.registry.specs import parse_spec
from torch import nn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "nano.pth"
    torch.manual_seed(5)
    torch.save(MODELS.get("nafnet-nano").build().state_dict(), path)
    return path


@pytest.mark.parametrize("choice", ["default", "random"])
def test_a_file_that_is_named_is_loaded_whatever_stands_in_for_none(file: Path, choice: WeightsChoice):
    loaded = open_model(parse_spec(f"nafnet-nano={file}"), weights=choice)
    assert torch.equal(loaded.network.state_dict()["intro.weight"], torch.load(file)["intro.weight"])
    assert loaded.weights == file
    assert loaded.weights_sha256 == sha256_file(file)


def test_random_weights_are_those_of_torchs_generator():
    networks = []
    for _ in range(2):
        torch.manual_seed(3)
        networks.append(open_model(parse_spec("nafnet-nano"), weights="random"))
    torch.manual_seed(3)
    fresh = MODELS.get("nafnet-nano").build().state_dict()
    for loaded in networks:
        assert all(torch.equal(value, fresh[key]) for key, value in loaded.network.state_dict().items())
        assert (loaded.weights, loaded.weights_sha256) == (None, RANDOM)


def test_random_weights_leave_those_that_ship_aside():
    shipped = open_model(parse_spec("nafnet-nano-derain"))
    assert shipped.weights is not None
    assert open_model(parse_spec("nafnet-nano-derain"), weights="random").weights is None


def test_without_random_weights_a_model_that_needs_some_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path))
    with pytest.raises(CheckpointError, match="nafnet-nano needs weights: write nafnet-nano=FILE"):
        open_model(parse_spec("nafnet-nano"))


def test_a_method_without_weights_has_no_digest_whatever_is_asked():
    assert {open_model(parse_spec("median"), weights=choice).weights_sha256 for choice in ("default", "random")} == {""}


def test_options_stand_in_the_card_and_reach_the_network():
    loaded = open_model(parse_spec("nafnet-nano+pde[steps=3]"), weights="random")
    assert loaded.name == "nafnet-nano+pde[steps=3]"
    assert loaded.card.settings["steps"] == 3
    assert loaded.network.get_submodule("physics.layer").steps == 3
    assert bound_card(parse_spec("nafnet-nano+pde[steps=3]")) == loaded.card


def test_a_users_file_is_identified_by_its_code_and_parameters(tmp_path: Path):
    path = tmp_path / "mine.py"
    path.write_text("from torch import nn\nnetwork = nn.Conv2d(3, 3, 1)\nwords = 'no network'\nlist_of = list\n")
    loaded = open_model(parse_spec(f"{path}:network"))
    assert isinstance(loaded.network, nn.Conv2d)
    assert loaded.code_sha256 == sha256_file(path)
    assert len(loaded.weights_sha256) == 64
    assert open_model(parse_spec(f"{path}:network"), weights="random").weights_sha256 == RANDOM
    with pytest.raises(UsageError, match="neither a torch module nor a function"):
        open_model(parse_spec(f"{path}:words"))
    with pytest.raises(UsageError, match="returned a list, not a torch module"):
        open_model(parse_spec(f"{path}:list_of"), weights="random")


def test_a_missing_file_and_weights_for_a_method_are_refused(tmp_path: Path):
    with pytest.raises(CheckpointError, match="There is no weights file"):
        load_model("nafnet-nano", tmp_path / "absent.pth")
    (tmp_path / "some.pth").write_bytes(b"x")
    with pytest.raises(UsageError, match="median has no weights to load"):
        load_model("median", tmp_path / "some.pth")
    assert isinstance(load_model("median").card, ModelCard)
