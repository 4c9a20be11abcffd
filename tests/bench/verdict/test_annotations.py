"""What docs/how-to/gate-in-ci.md says, done."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from helpers.optional import known
from restorebench.bench.cli import main
from restorebench.bench.metrics.catalogue import MEASURED
from restorebench.bench.verdict.tolerances import read_check_settings
from restorebench.bench.verdict.verdict import Reason

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "gate-in-ci.md").read_text(encoding="utf-8")
MINE = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor(GAIN))
    def forward(self, x):
        return x * self.gain

def build():
    return Net()
"""


def block(language: str) -> str:
    """The first block of a language in the part about baselines; `tests/test_action.py` does what stands before."""
    part = PAGE.partition("## Keep a baseline")[2]
    return known(re.search(rf"^```{language}\n(.*?)^```$", part, re.DOTALL | re.MULTILINE))[1]


def steps() -> dict[str, str]:
    """Commands of the workflow by the step's name."""
    (job,) = yaml.safe_load(block("yaml"))["jobs"].values()
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step}


def do(line: str) -> int:
    words = shlex.split(line)
    assert words[0] == "restorebench"
    return main(words[1:])


def test_the_workflow_passes_an_unchanged_model_and_stops_a_worse_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "mine.py").write_text(MINE.replace("GAIN", "1.0"))
    for line in block("sh").splitlines():
        assert do(line) == 0
    assert do(steps()["Evaluate"]) == 0
    assert do(steps()["Check"]) == 0
    assert do(f"{steps()['Check']} --identical") == 0
    (tmp_path / "worse").mkdir()
    os.chdir(tmp_path / "worse")
    (tmp_path / "worse" / "mine.py").write_text(MINE.replace("GAIN", "0.1"))
    (tmp_path / "worse" / "baselines").symlink_to(tmp_path / "baselines")
    sys.modules.pop("mine", None)
    assert do(steps()["Evaluate"]) == 0
    capsys.readouterr()
    assert do(steps()["Check"]) == 3  # four scenes decide nothing, and the workflow stops all the same
    assert "::warning title=./mine.py%3Abuild%2C quickstart-rain%2C psnr::PSNR is worse by" in capsys.readouterr().out
    assert int(known(ET.parse("check.xml").getroot().get("errors"))) >= 1  # noqa: S314 -- our own document
    assert "restorebench check: pass" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_the_workflow_only_uses_what_the_page_explains():
    assert list(steps()) == ["Install", "Evaluate", "Check"]
    uses = re.findall(r"uses: (\S+)", block("yaml"))
    assert uses == ["actions/checkout@v4", "actions/setup-python@v5", "actions/upload-artifact@v4"]


def test_every_reason_code_is_explained():
    explained = set(re.findall(r"`([a-z]+(?:-[a-z]+)+|improved)`", PAGE.partition("## Reason codes")[2]))
    assert {reason.value for reason in Reason} == explained


def test_settings_and_defaults_are_as_the_page_says(tmp_path: Path):
    path = tmp_path / "pyproject.toml"
    path.write_text(block("toml"))
    assert (
        read_check_settings(path).max_drop == tomllib.loads(block("toml"))["tool"]["restorebench"]["check"]["max-drop"]
    )
    said = re.search(r"drop by ([\d.]+) dB PSNR, ([\d.]+) SSIM and ([\d.]+) LPIPS", PAGE)
    assert [float(each) for each in known(said).groups()] == [metric.tolerance for metric in MEASURED.values()]
