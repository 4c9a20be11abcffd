"""No command that reads run folders runs a file that one of them names."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.cli import main
from restorebench.bench.runs.run import finish_run, read_info, write_info

EVIL = "import pathlib\npathlib.Path('RAN').touch()\nbuild = MAE = rain = rgb = None\n"
NAMED = {
    "model": "./evil.py:build",
    "dataset": "./evil.py:rain",
    "protocol": "./evil.py:rgb",
    "psnr": "./evil.py:MAE",
}  # fmt: skip -- a table
COMMANDS = [
    ["table", "out"],
    ["table", "out", "--format", "latex"],
    ["report", "out", "--out", "page"],
    ["leaderboard", "out", "--out", "site"],
    ["compare", "out", "./evil.py:build", "other"],
    ["check", "out/a/evil", "--baseline", "out/a/other"],
    ["check", "out/a/evil", "--baseline", "out/a/other", "--remeasure"],
    ["check", "out/a/evil", "--baseline", "out/a/other", "--metric", "./evil.py:MAE"],
    ["baseline", "save", "out/a/evil", "--out", "b.json"],
    ["merge", "out", "--out", "merged"],
    ["submit", "out/a/evil", "--out", "sent"],
    ["figure", "violin", "out", "--out", "f.png"],
]


@pytest.fixture
def received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`out/` with a run that names a file at every place, and another one of the same data set."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text(EVIL)
    os.environ.pop("GITHUB_STEP_SUMMARY", None)
    for model, folder in ((NAMED["model"], "evil"), ("other", "other")):
        made = write_run(tmp_path / "made", FakeRun(model=model, images=4, selected=4, found=4))
        _rename(made)
        (tmp_path / "out" / "a").mkdir(parents=True, exist_ok=True)
        made.rename(tmp_path / "out" / "a" / folder)
    return tmp_path


def _rename(folder: Path) -> None:
    """Put the names of the file where the run has those of its data set, protocol and metric."""
    place = folder / "run.json"
    info = json.loads(place.read_text(encoding="utf-8"))
    old = info["plan"]["protocol"]
    info["plan"] |= {"dataset": NAMED["dataset"], "protocol": NAMED["protocol"]}
    info["dataset"] |= {"name": NAMED["dataset"], "default_protocol": NAMED["protocol"]}
    info["protocol"] |= {"id": NAMED["protocol"], "metrics": [NAMED["psnr"], "ssim"], "metric_facts": {}}
    info["summary"] = None
    place.write_text(json.dumps(info), encoding="utf-8")
    write_info(folder, replace(info := read_info(folder), plan_sha256=info.plan.sha256))
    scores = folder / "scores.jsonl"
    text = scores.read_text(encoding="utf-8").replace(f'"{old}"', f'"{NAMED["protocol"]}"')
    scores.write_text(text.replace('"psnr"', f'"{NAMED["psnr"]}"'), encoding="utf-8")
    finish_run(folder)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_runs_what_a_run_folder_names(
    received: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(words)
    said = capsys.readouterr()
    assert not (received / "RAN").exists()
    assert code in (0, 2, 3), said.err
    if "--remeasure" in words:
        assert code == 2
        assert "is not run because a record names it" in said.err
