"""An evaluation whose images a device is still working on when the next one is begun."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from helpers.fake_transfers import FakeTransfers
from helpers.memory_dataset import make_dataset
from restorebench.bench.contracts import InferenceSettings, ModelCard
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.in_process import run_cell
from restorebench.bench.evaluation.model_cell import model_cell
from restorebench.bench.evaluation.sources import ModelSource
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.loading import loaded_restorer
from restorebench.bench.models.overlap import Overlap
from restorebench.bench.protocols.joint import AppliedProtocol, JointScorer
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.runs.run import Run
from torch import Tensor, nn

CARD = ModelCard("blur", "Blur", "restoration", needs_weights=False)


class Blur(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return 1.1 * images.roll(1, -1) - 0.03


class Noisy(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images + 0.1 * torch.rand_like(images)


class Fragile(nn.Module):
    """Fails on the fourth image, and gives no numbers on the fifth."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[float] = set()

    def forward(self, images: Tensor) -> Tensor:
        self.seen.add(float(images.double().sum()))
        if len(self.seen) == 4:
            raise ValueError("odd")
        return images / 0 if len(self.seen) == 5 else images


def run(out: Path, network: nn.Module, protocols: tuple[str, ...], *, overlap: bool) -> tuple[Run, FakeTransfers]:
    """A run on nine images, of which one is damaged."""
    restorer = Restorer(network, CARD, InferenceSettings(samples=2))
    source, transfers = ModelSource(restorer), FakeTransfers()
    if overlap:
        source._overlap = Overlap(restorer, transfers)
    dataset = make_dataset(9, damaged=[2])
    loaded = loaded_restorer(restorer)
    cell = model_cell(loaded, restorer.settings, dataset, protocols, quantiser=None, dataset_name="memory")
    return run_cell(cell, source, out, Control(workers=3))[0], transfers


@pytest.mark.parametrize("network", [Blur, Noisy, Fragile])
@pytest.mark.parametrize("protocols", [("rgb@1",), ("rgb@1", "y@1"), ("promptir@1",)])
def test_records_are_those_without(tmp_path: Path, network: type[nn.Module], protocols: tuple[str, ...]):
    alone, _ = run(tmp_path / "alone", network(), protocols, overlap=False)
    overlapped, transfers = run(tmp_path / "overlapped", network(), protocols, overlap=True)
    assert transfers.received >= 6
    assert len(alone.records) == 9
    for one, other in zip(alone.records, overlapped.records, strict=True):
        assert (one.key, one.status, one.reason, one.restored) == (
            other.key,
            other.status,
            other.reason,
            other.restored,
        )
        assert one.scores == other.scores
    assert alone.info.plan == overlapped.info.plan
    assert alone.info.findings == overlapped.info.findings


def test_only_what_every_protocol_rounds_alike_is_rounded_before_it_is_scored():
    def rounding(*names: str) -> str | None:
        protocols = [get_protocol(name) for name in names]
        return JointScorer([AppliedProtocol(each, each.quantiser) for each in protocols]).rounding

    assert rounding("rgb@1", "y@1") == "half-even"
    assert rounding("promptir@1") is None
    assert rounding("rgb@1", "promptir@1") is None


def test_a_metric_that_sees_the_float_output_forbids_it():
    rain = get_protocol("irsde-rgb@1")
    assert JointScorer([AppliedProtocol(rain, rain.quantiser)]).rounding is None
