from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from restorebench.baselines.convir import convir, convir_b, convir_derain, convir_nano, convir_s
from restorebench.bench.models.entries import ModelEntry
from restorebench.bench.models.identify import identify
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.loading import open_model
from restorebench.bench.registry.specs import parse_spec


@pytest.mark.parametrize(("entry", "name"), [(convir, "convir_deblurring"), (convir_derain, "convir_deraining")])
def test_has_the_official_state_dict(entry: ModelEntry, name: str, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = entry.build()
    assert {key: tuple(value.shape) for key, value in network.state_dict().items()} == dict(manifest(name))
    assert sum(parameter.numel() for parameter in network.parameters()) == 14_830_985
    assert {candidate.model for candidate in identify(network.state_dict())} == {"convir", "convir-derain"}


@pytest.mark.parametrize(("entry", "millions"), [(convir_s, 5.53), (convir_b, 8.63), (convir, 14.83)])
def test_sizes_are_the_published_ones(entry: ModelEntry, millions: float):
    with torch.device("meta"):
        network = entry.build()
    assert round(sum(parameter.numel() for parameter in network.parameters()) / 1e6, 2) == millions


def test_counts_the_known_operations(gmacs: Callable[..., float]):
    assert gmacs(convir.build) == pytest.approx(125.691524608, rel=1e-9)


@pytest.mark.parametrize("entry", [convir_nano, convir_derain])
def test_the_smallest_size_is_the_smallest_that_runs(entry: ModelEntry):
    minimum = entry.card.size.minimum
    with torch.device("meta"):
        network = entry.build().eval()
        too_small = minimum - entry.card.size.multiple_of
        assert network(torch.empty(1, 3, minimum, minimum)).shape == (1, 3, minimum, minimum)
        with pytest.raises(RuntimeError, match=r"[Pp]adding"):
            network(torch.empty(1, 3, too_small, too_small))


def test_images_of_any_size_are_padded():
    restorer = Restorer(convir_nano().eval(), convir_nano.card)
    image = torch.rand(1, 3, 37, 50)
    assert restorer(image).shape == image.shape


def test_a_file_of_the_other_task_is_not_taken_in_silence(tmp_path: Path):
    torch.save({"model": convir_derain().state_dict()}, tmp_path / "derain.pkl")
    loaded = open_model(parse_spec(f"convir={tmp_path / 'derain.pkl'}"))
    assert any("convir-derain" in finding for finding in loaded.findings)


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in convir_nano().parameters()) < 500_000
