from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from helpers.memory_dataset import photograph
from restorebench.bench.cli import main
from restorebench.bench.evaluation import finished
from restorebench.bench.files.images import save_png
from restorebench.bench.machine import environment
from restorebench.bench.models import loading
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.loading import open_model
from restorebench.bench.registry.specs import parse_spec

MODEL = "convir-nano"
PROBE = """
import contextlib, io, json, sys
from restorebench.bench.cli import main
HEAVY = {"torch", "pandas", "matplotlib", "lpips", "scipy.stats"}
outcomes = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    outcomes.append([code, sorted(HEAVY & sys.modules.keys()), out.getvalue(), " ".join(err.getvalue().split())])
print(json.dumps(outcomes))
"""


def in_fresh_process(*commands: list[str]) -> list[tuple[int, list[str], str, str]]:
    """Exit code, heavy libraries loaded by then, standard output and standard error of each, one after the other."""
    done = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, "-c", PROBE, json.dumps(commands)], capture_output=True, text=True, check=True
    )
    return [tuple(each) for each in json.loads(done.stdout)]


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def arguments_in(folder: Path) -> list[str]:
    """Two models on two data sets."""
    datasets = [text for name in ("one", "two") for text in ("-d", f"paired[title={name}]={folder / name}")]
    models = ["-m", f"{MODEL}={folder / 'weights.pth'}", "-m", "identity"]
    return ["run", *models, *datasets, "-p", "rgb@1", "--device", "cpu", "--out", str(folder / "out")]


@pytest.fixture(scope="module")
def finished_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run."""
    folder = tmp_path_factory.mktemp("finished")
    for name in ("one", "two"):
        for index in range(3):
            save_png(folder / name / "input" / f"{index}.png", photograph(index, 64, 64))
            save_png(folder / name / "target" / f"{index}.png", photograph(index + 100, 64, 64))
    torch.manual_seed(0)
    torch.save(open_model(parse_spec(MODEL), weights="random").network.state_dict(), folder / "weights.pth")
    assert main(arguments_in(folder)) == 0
    return folder


@pytest.fixture
def command(finished_once: Path, tmp_path: Path) -> list[str]:
    """The command of a copy of a finished run."""
    shutil.copytree(finished_once, tmp_path, dirs_exist_ok=True)
    return arguments_in(tmp_path)


def test_a_finished_folder_loads_no_model_and_stays_as_it_is(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before = content(tmp_path / "out")
    capsys.readouterr()
    assert main([*command, "--json"]) == 0  # by the models, which this process has loaded already
    expected = json.loads(capsys.readouterr().out)
    again, fewer = in_fresh_process([*command, "--json"], [*command, "--limit", "2", "--json"])
    for code, loaded, _, err in (again, fewer):
        assert (code, loaded) == (0, [])
        assert "already recorded" in err
    assert json.loads(again[2]) == json.loads(fewer[2]) == expected
    assert content(tmp_path / "out").keys() == before.keys()
    for name in ("scores.jsonl", "0.png"):
        assert content(tmp_path / "out")[name] == before[name]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing had been imported under any name."""
    monkeypatch.setattr(type(MODELS), "is_unopened", lambda self, name: name in self.names())


@pytest.mark.usefixtures("fresh")
def test_a_finished_folder_opens_no_model(command: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading, "open_model", lambda spec: pytest.fail(f"{spec} was opened"))
    assert main(command) == 0


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("more", "difference"),
    [
        (["--precision", "bf16"], "precision: fp32 -> bf16"),
        (["--tile", "32"], "tile: None -> 32"),
        (["--quantiser", "truncate"], "quantiser: half-even -> truncate"),
        (["--channels-last"], "channels_last: None -> True"),
    ],
)
def test_another_plan_is_refused(
    command: list[str], more: list[str], difference: str, capsys: pytest.CaptureFixture[str]
):
    assert main([*command, *more]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "was started with another plan (" in said
    assert difference in said


@pytest.mark.usefixtures("fresh")
def test_other_weights_are_another_plan(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    torch.save(open_model(parse_spec(MODEL), weights="random").network.state_dict(), tmp_path / "weights.pth")
    assert main(command) == 2
    assert "was started with another plan (weights_sha256: " in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("fresh")
def test_another_listing_is_another_plan(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for kind in ("input", "target"):
        save_png(tmp_path / "two" / kind / "3.png", photograph(3, 64, 64))
    assert main(command) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "was started with another plan (listing_sha256: " in said
    assert "): the data set has other files, or files of other sizes, than it had; choose another --out" in said


@pytest.mark.usefixtures("fresh")
def test_what_is_missing_is_done_and_nothing_else(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scores = tmp_path / "out" / "paired-title-two" / "identity" / "scores.jsonl"
    whole = [{**json.loads(line), "seconds": None} for line in scores.read_text().splitlines()]
    scores.write_text("".join(scores.read_text().splitlines(keepends=True)[:2]))
    opened: list[str] = []
    monkeypatch.setattr(loading, "open_model", lambda spec: opened.append(str(spec)) or open_model(spec))
    assert main(command) == 0
    assert opened == ["identity"]
    assert "identity on two: 2 of 3 images already recorded" in capsys.readouterr().err
    assert [{**json.loads(line), "seconds": None} for line in scores.read_text().splitlines()] == whole


@pytest.mark.usefixtures("fresh")
def test_a_failed_image_is_done_again(command: list[str], tmp_path: Path):
    damaged = tmp_path / "one" / "input" / "1.png"
    good = damaged.read_bytes()
    damaged.write_bytes(good[:200] + bytes(100) + good[300:])  # of the same size
    command = [*command[:-2], "--out", str(tmp_path / "other")]
    assert main(command) == 1
    assert main(command) == 1
    damaged.write_bytes(good)
    assert main(command) == 0


@pytest.mark.usefixtures("fresh")
def test_a_new_protocol_is_measured(command: list[str], tmp_path: Path):
    assert main([*command, "-p", "y@1"]) == 0
    lines = (tmp_path / "out" / "paired-title-one" / "identity" / "scores.jsonl").read_text().splitlines()
    assert [set(json.loads(line)["metrics"]) for line in lines] == [{"rgb@1", "y@1"}] * 3


@pytest.mark.usefixtures("fresh")
def test_other_software_leaves_the_decision_to_the_engine(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    versions = {**environment.installed_versions(), "numpy": "1.0"}
    monkeypatch.setattr(environment, "installed_versions", lambda: versions)
    monkeypatch.setattr(finished, "installed_versions", lambda: versions)
    assert main(command) == 0
    assert "was started with other software" in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("fresh")
def test_a_default_device_that_may_be_another_leaves_the_decision_to_the_engine(
    command: list[str], monkeypatch: pytest.MonkeyPatch
):
    opened: list[str] = []
    monkeypatch.setattr(loading, "open_model", lambda spec: opened.append(str(spec)) or open_model(spec))
    command = [each for each in command if each not in {"--device", "cpu"}]
    monkeypatch.setattr(finished, "may_have_gpu", lambda: True)
    assert main(command) == 0
    assert opened == [MODEL, "identity"]
    monkeypatch.setattr(finished, "may_have_gpu", lambda: False)
    assert main(command) == 0
    assert opened == [MODEL, "identity"]


@pytest.mark.usefixtures("fresh")
def test_a_summary_never_lags_behind_records_that_were_touched(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(loading, "open_model", lambda spec: pytest.fail(f"{spec} was opened"))
    scores = tmp_path / "out" / "paired-title-one" / "identity" / "scores.jsonl"
    lines = [json.loads(line) for line in scores.read_text().splitlines()]
    lines[0]["metrics"]["rgb@1"]["psnr"] += 3
    scores.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    capsys.readouterr()
    assert main([*command, "--json"]) == 0
    means = {
        (run["model"], run["dataset"]): run["summary"]["metrics"]["psnr"]["mean"]
        for run in json.loads(capsys.readouterr().out)
    }
    mean = sum(line["metrics"]["rgb@1"]["psnr"] for line in lines) / 3
    assert means["identity", "paired[title=one]"] == pytest.approx(mean, abs=1e-12)
