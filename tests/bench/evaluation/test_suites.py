"""Suites: one name for several data sets, measured by one protocol and averaged part by part."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.datasets import DATASETS
from restorebench.bench.errors import UsageError
from restorebench.bench.evaluation.options import read_suite
from restorebench.bench.evaluation.suites import SUITES, Suite, expand
from restorebench.bench.protocols.protocol import get_protocol

SEQUENCES = ("0384", "0396", "0854", "0862", "0868", "0869", "0871")
NAMES = {
    "denoise/bsd68": [f"{n}.png" for n in range(6)],
    "derain/Rain100L": [f"{side}/{n}.png" for n in range(1, 8) for side in ("input", "target")],
    "dehaze": [name for n in range(1, 9) for name in (f"input/{n:04d}_0.8_0.2.jpg", f"target/{n:04d}.png")],
    "desnow": [f"Snow100K-L/{side}/{n}.jpg" for n in range(8) for side in ("synthetic", "gt")],
    "deblur/gopro": [f"{side}/GOPR{n}_11_00_000001.png" for n in SEQUENCES for side in ("input", "target")],
    "enhance/lol": [f"{side}/{n}.png" for n in range(10) for side in ("input", "target")],
}
"""The test folder that AdaIR's INSTALL.md describes, of few images."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    draws = np.random.default_rng(0)
    for folder, names in NAMES.items():
        for name in names:
            path = tmp_path / "test" / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draws.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(path)
    return tmp_path / "test"


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES.keys())
def test_parts_and_protocols_exist(suite: Suite) -> None:
    assert get_protocol(suite.protocol).id == suite.protocol
    assert all(part.name in DATASETS.names() for part in suite.parts)
    assert suite.name not in DATASETS.names()


def test_a_suite_stands_for_its_parts() -> None:
    texts, protocols = expand(["aio-3=/data"], [])
    assert protocols == ("promptir@1",)
    assert texts == (
        "sots-outdoor=/data/dehaze",
        "rain100l=/data/derain",
        "cbsd68[sigma=15]=/data/denoise",
        "cbsd68[sigma=25]=/data/denoise",
        "cbsd68[sigma=50]=/data/denoise",
    )


def test_parts_may_lie_elsewhere_and_are_run_once() -> None:
    texts, _ = expand(["aio-5[gopro=/g.zip,lol-v1=/lol]=/data", "aio-3=/data"], [])
    assert "gopro=/g.zip" in texts
    assert "lol-v1=/lol" in texts
    assert len(texts) == len({*texts}) == 7


def test_what_is_asked_for_wins() -> None:
    assert expand(["aio-3=/data", "gopro=/g"], ["rgb@1"])[1] == ("rgb@1",)
    assert expand(["gopro=/g"], []) == (("gopro=/g",), ())


def test_paths_in_a_suite_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "suite.toml").write_text('datasets = ["aio-5[gopro=g.zip,lol-v1=/lol]=test"]')
    texts, _ = expand(read_suite(tmp_path / "suite.toml").datasets, [])
    assert {f"gopro={tmp_path}/g.zip", "lol-v1=/lol", f"rain100l={tmp_path}/test/derain"} <= {*texts}


def test_mistakes_are_one_sentence() -> None:
    with pytest.raises(UsageError, match="no part 'gorpo': did you mean gopro"):
        expand(["aio-5[gorpo=/g]=/data"], [])
    with pytest.raises(UsageError, match=r"needs the folders of .*: write aio-3=FOLDER"):
        expand(["aio-3[rain100l=/r]"], [])
    with pytest.raises(UsageError, match="aio-3 is measured by promptir@1 and gopro by another protocol: name one"):
        expand(["aio-3=/data", "gopro=/g"], [])
    with pytest.raises(UsageError, match="rain100l is given as /data/derain and as /r: keep one"):
        expand(["aio-3=/data", "rain100l=/r"], ["rgb@1"])


@pytest.mark.parametrize("name", SUITES)
def test_a_run_and_its_table(root: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["run", "-m", "identity", "-m", "median", "-d", f"{name}={root}", "--out", str(out), "-q"]) == 0
    capsys.readouterr()
    assert main(["table", str(out), "--format", "json"]) == 0
    items = json.loads(capsys.readouterr().out)
    parts = {part.dataset for part in SUITES[name].parts}
    for model in ("identity", "median"):
        measured = [item for item in items if item["model"] == model and item["metric"] == "psnr"]
        means = {item["dataset"]: item["mean"] for item in measured}
        assert means.keys() == {*parts, name}
        assert means[name] == pytest.approx(fmean(means[part] for part in parts))
        suite = next(item for item in measured if item["dataset"] == name)
        assert suite["low"] < suite["mean"] < suite["high"]
        assert suite["protocol"] == SUITES[name].protocol
        assert suite["parts"] == [part.dataset for part in SUITES[name].parts]
    assert main(["table", str(out), "--metric", "psnr"]) == 0
    assert f"{SUITES[name].title}, mean of {len(parts)}" in " ".join(capsys.readouterr().out.split())
    assert main(["table", str(out), "--format", "csv"]) == 0
    assert f",{name}," in capsys.readouterr().out


def test_a_model_that_lacks_a_part_has_no_mean(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["run", "-m", "identity", "-d", f"aio-3={root}", "--out", str(out), "-q"]) == 0
    command = ["run", "-m", "median", "-d", f"rain100l={root}/derain", "-p", "promptir", "--out", str(out), "-q"]
    assert main(command) == 0
    capsys.readouterr()
    assert main(["table", str(out), "--format", "json"]) == 0
    items = json.loads(capsys.readouterr().out)
    assert {item["model"] for item in items if item["dataset"] == "aio-3"} == {"identity"}
