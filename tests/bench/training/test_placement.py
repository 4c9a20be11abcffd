from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from restorebench.bench.errors import UsageError
from restorebench.bench.training.data import Batch
from restorebench.bench.training.export import read_card
from restorebench.bench.training.placement import check_placement, on_device, place
from restorebench.bench.training.recipe import Recipe
from restorebench.bench.training.trainer import check_fit, train
from safetensors.torch import load_file
from torch import Tensor, nn

CPU = torch.device("cpu")


class OfItsOwn(nn.Conv2d):
    """Trained by an objective of its own."""

    def __init__(self) -> None:
        super().__init__(3, 3, 1)

    @property
    def training_objectives(self) -> dict[str, object]:
        return {"own": lambda degraded, target: (degraded - target).square().mean()}


def test_network_and_batch_are_laid_out_alike(recipe: Recipe) -> None:
    last = replace(recipe, channels_last=True)
    network = place(nn.Conv2d(3, 8, 3), last, CPU)
    batch = Batch(torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8), ("", ""))
    degraded, target = on_device(batch, last, CPU)
    for tensor in (network.weight, degraded, target):
        assert isinstance(tensor, Tensor)
        assert tensor.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(degraded, batch.degraded)
    assert on_device(batch, recipe, CPU)[0].is_contiguous()


def test_channels_last_trains_to_nearly_the_same_weights_and_is_in_the_card(recipe: Recipe, tmp_path: Path) -> None:
    file = tmp_path / "tiny.py"
    file.write_text(file.read_text().replace("nn.Dropout(0.1)", "nn.Identity()"))  # its draws follow the layout
    plain = load_file(train(recipe, tmp_path / "plain"))
    path = train(replace(recipe, channels_last=True), tmp_path / "last")
    for name, value in load_file(path).items():
        torch.testing.assert_close(value, plain[name], rtol=1e-4, atol=1e-5)
    written = read_card(path).recipe
    assert isinstance(written, dict)
    assert written["channels_last"] is True


def test_a_compiled_network_is_the_same_object_with_the_same_names(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = nn.Sequential(nn.Conv2d(3, 3, 1))
    calls: list[nn.Module] = []

    def compiled(self: nn.Module) -> None:
        calls.append(self)

    monkeypatch.setattr(nn.Module, "compile", compiled)
    assert place(network, replace(recipe, compile=True), CPU) is network
    assert calls == [network]
    place(network, recipe, CPU)
    assert calls == [network]


def test_what_cannot_be_trained_so_is_refused(recipe: Recipe) -> None:
    with pytest.raises(UsageError, match="fp16, which needs a GPU"):
        check_placement(replace(recipe, precision="fp16"), nn.Conv2d(3, 3, 1), CPU)
    compiled = replace(recipe, compile=True, losses={"own": 1.0})
    with pytest.raises(UsageError, match="leave out compile"):
        check_placement(compiled, OfItsOwn())
    check_placement(replace(compiled, compile=False), OfItsOwn())


def test_a_network_with_objectives_of_its_own_is_refused_before_anything_is_written() -> None:
    from restorebench.bench.training.recipe import read_recipe

    with pytest.raises(UsageError, match="leave out compile"):
        check_fit(read_recipe("irsde-nano-rain", compiled=True))
