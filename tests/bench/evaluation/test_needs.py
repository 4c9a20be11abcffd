"""What a run needs here, and that the commands are in an order in which they work."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from helpers.commands import write_inputs
from restorebench.bench.errors import MissingDependencyError, UnknownNameError
from restorebench.bench.evaluation import needs
from restorebench.bench.evaluation.needs import Need, Needs, needs_of
from restorebench.bench.models.cache import weights_dir
from restorebench.bench.models.fetchables import find_fetchables


@pytest.fixture(autouse=True)
def _nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def found(result: Needs) -> dict[str, Need]:
    return {need.what: need for need in result.needs}


def test_a_large_network_on_data_that_are_not_here(tmp_path: Path) -> None:
    result = needs_of("nafnet-width64", "gopro", tmp_path)
    assert not result.ready
    by_hand, download, verify, *_, run = result.commands
    assert "NAFNet-GoPro-width64.pth" in by_hand
    assert str(weights_dir()) in by_hand
    assert download.startswith("# ")
    assert "GOPRO_Large" in download
    assert verify == "restorebench datasets verify gopro=FOLDER"
    assert run == "restorebench run -m nafnet-width64 -d gopro=FOLDER"


def test_the_weights_are_those_trained_on_the_data_of_the_set(tmp_path: Path) -> None:
    result = needs_of("prenet", "rain100h", tmp_path)
    assert found(result)["weights"].commands == ("restorebench fetch prenet:rain100h",)


def test_fetched_weights_are_found(tmp_path: Path) -> None:
    wanted = needs_of("prenet", "quickstart-rain", tmp_path)
    assert not wanted.ready
    place = find_fetchables("prenet:rain100h")[0].place
    place.parent.mkdir(parents=True)
    place.touch()
    result = needs_of("prenet", "quickstart-rain", tmp_path)
    assert found(result)["weights"].detail == str(place)
    assert result.ready


def test_of_several_fetched_weights_the_run_names_one(tmp_path: Path) -> None:
    items = find_fetchables("prenet")
    assert len(items) > 1
    for item in items:
        item.place.parent.mkdir(parents=True, exist_ok=True)
        item.place.touch()
    model = shlex.split(needs_of("prenet", "rain100h", tmp_path).run)[3]
    assert model == f"prenet={find_fetchables('prenet:rain100h')[0].place}"


def test_a_demonstration_needs_nothing(tmp_path: Path) -> None:
    result = needs_of("identity", "quickstart-blur", tmp_path)
    assert result.ready
    assert result.commands[-1] == "restorebench run -m identity -d quickstart-blur"
    assert found(result)["metric lpips"].commands == ("restorebench fetch lpips-alex",)
    assert not found(result)["metric lpips"].required


def test_weights_and_data_that_are_named_and_not_there(tmp_path: Path) -> None:
    result = needs_of(f"prenet={tmp_path}/none.pth", f"rain100h={tmp_path}/none", tmp_path)
    assert {need.what for need in result.needs if need.state == "missing" and need.required} == {
        "weights",
        "data set rain100h",
    }


def test_missing_packages_are_installed_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unaligned:
        def prepare(self) -> None:
            raise MissingDependencyError("RealBlur's alignment", "OpenCV", "realblur")

    monkeypatch.setattr(needs, "get_protocol", lambda _: Unaligned())
    result = needs_of("identity", "realblur-j", tmp_path)
    assert "pip install 'restorebench[realblur]'" in result.commands[:-1]
    assert not result.ready


def test_time_and_memory_come_from_what_was_profiled(tmp_path: Path) -> None:
    pairs = write_inputs(tmp_path / "inputs").pairs  # three of 32x40
    cell = {"variant": {"height": 64, "width": 40}, "device": "cpu", "time": {"median": 10.0}}
    other = {"variant": {"height": 640, "width": 400, "precision": "bf16"}, "device": "cpu", "time": {"median": 1.0}}
    file = tmp_path / "out" / "cost" / "identity.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"cells": [cell, other], "memory": {"CPU growth, 64x40, fp32": 2e9}}))
    result = found(needs_of("identity", f"paired={pairs}", tmp_path / "out"))
    assert result["memory"].detail == "2.00 GB (CPU growth, 64x40, fp32)"
    assert result["time on cpu"].detail == "about 15 s: 3 images of 32x40, 5 s each, by pixels from 64x40"


def test_without_a_measurement_the_command_for_it_is_named(tmp_path: Path) -> None:
    pairs = write_inputs(tmp_path / "inputs").pairs
    result = needs_of("identity", f"paired={pairs}", tmp_path)
    assert "restorebench profile -m identity --size 32x40" in found(result)["time and memory"].detail
    assert result.ready


def test_mistyped_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="gopro"):
        needs_of("identity", "gorpo", tmp_path)
    with pytest.raises(UnknownNameError, match="prenet"):
        needs_of("preent", "gopro", tmp_path)
