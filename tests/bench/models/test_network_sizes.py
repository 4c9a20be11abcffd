from __future__ import annotations

from pathlib import Path

import pytest
from helpers.network_sizes import make
from restorebench.baselines import MODELS as CATALOGUE
from restorebench.bench.cli import main
from restorebench.bench.contracts import ModelCard
from restorebench.bench.models.entries import MODELS, ModelEntry
from restorebench.bench.models.fetchables import Fetchable, fetchables, find_fetchables
from restorebench.bench.models.network_sizes import count_network, expected_bytes, network_size, recorded_sizes
from torch import nn


def test_the_parameters_of_a_network_are_nearly_its_file(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path))
    official = fixtures / "weights" / "prenet" / "prenet_rain100h.pth"
    (item,) = find_fetchables("prenet:rain100h")
    assert expected_bytes(item) == pytest.approx(official.stat().st_size, rel=0.02)


def test_a_file_that_is_here_has_its_size(tmp_path: Path):
    (tmp_path / "one.pth").write_bytes(bytes(123))
    assert expected_bytes(Fetchable("own", "Own", "", tmp_path / "one.pth")) == 123
    assert expected_bytes(Fetchable("own", "Own", "", tmp_path / "two.pth")) is None


@pytest.mark.parametrize("item", [each for each in fetchables() if each.model], ids=lambda item: item.name)
def test_every_list_entry_has_a_size(item: Fetchable):
    size = expected_bytes(item)
    assert size is not None
    assert 5e4 < size < 2e9


RECORDED = Path(__file__).parents[3] / "baselines" / "sizes.json"


@pytest.mark.slow
def test_the_recorded_sizes_are_those_of_the_networks():
    assert RECORDED.read_text(encoding="utf-8") == make()


@pytest.mark.parametrize("name", ["nafnet-width64", "hinet-derain", "prenet", "identity"])
def test_recorded_sizes_are_those_that_are_counted(name: str):
    assert network_size(MODELS.get(name)) == count_network(MODELS.get(name))


def test_every_network_of_this_package_has_a_recorded_size():
    assert {*recorded_sizes()} == {name for name in CATALOGUE if MODELS.get(name).from_file is None}


def test_the_list_builds_no_network_of_this_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def build(entry: ModelEntry) -> None:
        raise AssertionError(entry.card.name)

    monkeypatch.setattr("restorebench.bench.models.network_sizes.count_network", build)
    assert main(["models"]) == 0
    assert main(["models", "--json"]) == 0
    assert "67.889 M" in capsys.readouterr().out


def test_a_network_of_somebody_else_is_counted():
    entry = ModelEntry(ModelCard("prenet", "Other", "restoration"), lambda: nn.Linear(3, 4))
    assert network_size(entry).parameters == 16
