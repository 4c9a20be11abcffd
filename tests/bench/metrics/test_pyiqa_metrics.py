from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from helpers.memory_dataset import photograph
from restorebench.bench.cli import main
from restorebench.bench.errors import MetricUnavailableError, MissingDependencyError, UnknownNameError
from restorebench.bench.metrics.metric import Metric
from restorebench.bench.metrics.pyiqa_metrics import pyiqa_metric
from restorebench.bench.metrics.registry import open_metric
from restorebench.bench.metrics.scored_pair import DirectPair, ScoredPair

CONFIGURATIONS = {
    "darkness": {"metric_mode": "NR", "lower_better": True, "score_range": "0, 1"},
    "likeness": {"metric_mode": "FR", "score_range": "~0, ~100"},
    "broken": {"metric_mode": "NR"},
    "fid": {"metric_mode": None},
}


def networks(name: str, device: str) -> Callable[..., torch.Tensor]:
    assert device == "cpu"
    if name == "broken":
        raise OSError("no weights on the web")
    if name == "darkness":
        return lambda x: 1 - x.mean()
    return lambda x, y: 100 - 100 * (x - y).abs().mean()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that looks like pyiqa."""
    package, configurations = ModuleType("pyiqa"), ModuleType("pyiqa.default_model_configs")
    vars(package).update(create_metric=networks, __version__="9.8")
    vars(configurations).update(DEFAULT_CONFIGS=CONFIGURATIONS)
    monkeypatch.setitem(sys.modules, "pyiqa", package)
    monkeypatch.setitem(sys.modules, "pyiqa.default_model_configs", configurations)


def opened(name: str) -> Metric:
    metric = pyiqa_metric(name)
    assert metric is not None
    return metric


def pair() -> ScoredPair:
    x, y = photograph(0), photograph(1)
    return ScoredPair(x, x, y, DirectPair.of(x, y))


def test_another_name_is_none_of_its():
    assert pyiqa_metric("niqe") is None
    assert pyiqa_metric("./mine.py:MAE") is None


def test_without_the_package_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyiqa", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'restorebench\[pyiqa\]'"):
        open_metric("pyiqa:musiq")


@pytest.mark.usefixtures("installed")
def test_direction_range_and_licence_are_on_the_card(capsys: pytest.CaptureFixture[str]):
    darkness, likeness = opened("pyiqa:darkness"), opened("pyiqa:likeness")
    assert (darkness.name, darkness.title, darkness.higher_is_better) == ("pyiqa-darkness", "darkness (pyiqa)", False)
    assert (darkness.lowest, darkness.highest, darkness.needs_target) == (0.0, 1.0, False)
    assert (likeness.lowest, likeness.highest, likeness.needs_target) == (None, None, True)
    assert len(darkness.code_sha256) == 64
    assert not darkness.same_measure(likeness)
    assert main(["metrics", "show", "pyiqa:darkness"]) == 0
    assert "PolyForm Noncommercial 1.0.0" in capsys.readouterr().out


@pytest.mark.usefixtures("installed")
def test_values_are_the_packages_on_images_in_0_to_1():
    x, y = photograph(0) / 255, photograph(1) / 255
    assert opened("pyiqa:darkness").ready()(pair()) == pytest.approx(1 - x.mean(), abs=1e-6)
    assert opened("pyiqa:likeness").ready()(pair()) == pytest.approx(100 - 100 * np.abs(x - y).mean(), abs=1e-4)


@pytest.mark.usefixtures("installed")
def test_what_the_package_lacks_or_cannot_do_is_said(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UnknownNameError, match="did you mean darkness"):
        open_metric("pyiqa:darknes")
    with pytest.raises(UnknownNameError, match="Unknown metric of pyiqa 'fid'"):
        open_metric("pyiqa:fid")
    with pytest.raises(
        MetricUnavailableError, match=r"pyiqa cannot make broken \(OSError: no weights on the web\): it downloads"
    ):
        opened("pyiqa:broken").ready()

    def failing(*_: Any) -> torch.Tensor:
        raise ValueError("too small")

    monkeypatch.setitem(sys.modules, "pyiqa", SimpleNamespace(create_metric=lambda *_, **__: failing, __version__="1"))
    with pytest.raises(MetricUnavailableError, match="pyiqa's darkness raised ValueError: too small"):
        opened("pyiqa:darkness").ready()(pair())
