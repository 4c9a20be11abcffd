from __future__ import annotations

from pathlib import Path

import pytest
import torch
from restorebench.baselines.spandrel_model import from_file
from restorebench.bench import load_model
from restorebench.bench.errors import CheckpointError
from restorebench.bench.models.entries import MODELS
from torch import nn

pytest.importorskip("spandrel", reason="needs the extra [spandrel]")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def saved(network: nn.Module, path: Path) -> Path:
    torch.save({"params": network.state_dict()}, path)
    return path


@pytest.mark.parametrize(("name", "tolerance"), [("nafnet-nano", 1e-5), ("fftformer-nano", 1e-5)])
def test_an_independent_copy_of_the_architecture_computes_the_same(tmp_path: Path, name: str, tolerance: float):
    torch.manual_seed(0)
    network = MODELS.get(name)()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    path = saved(network, tmp_path / "weights.pth")
    images = torch.rand(1, 3, 64, 48)
    ours, theirs = load_model(name, path), load_model("spandrel", path)
    assert theirs.card.name == "spandrel-weights"
    assert torch.allclose(ours(images).clamp(0, 1), theirs(images), atol=tolerance)


def test_weights_of_no_architecture_are_refused(tmp_path: Path):
    with pytest.raises(CheckpointError, match="recognises no architecture"):
        from_file(saved(nn.Linear(2, 2), tmp_path / "linear.pth"))


@pytest.mark.parametrize("name", ["spandrel", "spandrel-extra"])
def test_no_file_is_one_sentence(name: str):
    with pytest.raises(CheckpointError, match=f"write {name}=FILE"):
        load_model(name)


def test_extra_architectures_are_opt_in_and_compute_the_same(tmp_path: Path):
    pytest.importorskip("spandrel_extra_arches", reason="needs the extra [spandrel-extra]")
    torch.manual_seed(0)
    path = saved(MODELS.get("mprnet-derain")(), tmp_path / "weights.pth")
    images = torch.rand(1, 3, 64, 48)
    theirs = load_model("spandrel-extra", path)
    assert theirs.card.name == "spandrel-extra-weights"
    assert theirs.card.title == "MPRNet (weights)"
    assert torch.allclose(load_model("mprnet-derain", path)(images).clamp(0, 1), theirs(images), atol=1e-5)
    with pytest.raises(CheckpointError, match="spandrel recognises no architecture"):  # as it was before
        load_model("spandrel", path)
