from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from helpers.paired_runs import write_paired_run
from restorebench.bench.cli import main

BASE = [30.0 + 0.1 * index for index in range(40)]


def moved(by: float) -> list[float]:
    return [value + by + 0.01 * (index % 5 - 2) for index, value in enumerate(BASE)]


@pytest.fixture(autouse=True)
def no_settings_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "pyproject.toml").write_text("[tool.restorebench.check]\n")
    monkeypatch.chdir(tmp_path / "work")
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, str]:
    shifts = {"old": 0.0, "same": 0.0, "worse": -0.5, "unclear": -0.1}
    return {
        name: str(write_paired_run(tmp_path / name, {"psnr": moved(by) if by else BASE})) for name, by in shifts.items()
    }


@pytest.mark.parametrize(("candidate", "code"), [("same", 0), ("worse", 1), ("unclear", 3)])
def test_exit_codes(runs: dict[str, str], candidate: str, code: int, capsys: pytest.CaptureFixture[str]):
    assert main(["check", runs[candidate], "--baseline", runs["old"]]) == code
    answer = {0: "PASS: gopro psnr: no-change", 1: "FAIL: gopro psnr: drop-exceeds-tolerance", 3: "AMBIGUOUS: "}[code]
    assert capsys.readouterr().out.splitlines()[-1].startswith(answer)


@pytest.mark.parametrize(("policy", "code"), [("fail", 1), ("pass", 0)])
def test_undecided_counts_as_told(runs: dict[str, str], policy: str, code: int, capsys: pytest.CaptureFixture[str]):
    assert main(["check", runs["unclear"], "--baseline", runs["old"], "--ambiguous", policy]) == code
    assert f"{policy.upper()} (ambiguous, counted as {policy})" in capsys.readouterr().out


def test_tolerance_on_the_command_line_wins_over_the_pyproject(runs: dict[str, str]):
    Path("pyproject.toml").write_text("[tool.restorebench.check]\nmax-drop = {psnr = 0.9}\n", encoding="utf-8")
    command = ["check", runs["worse"], "--baseline", runs["old"]]
    assert main(command) == 0
    assert main([*command, "--max-drop", "psnr=0.2"]) == 1
    Path("other.toml").write_text("[tool.restorebench.check]\nambiguous = 'pass'\n", encoding="utf-8")
    assert main([*command, "--config", "other.toml"]) == 1
    assert main(["check", runs["unclear"], "--baseline", runs["old"], "--config", "other.toml"]) == 0


def test_first_run_without_a_baseline_says_how_to_make_one(runs: dict[str, str], capsys: pytest.CaptureFixture[str]):
    assert main(["check", runs["old"], "--baseline", "b.json"]) == 2
    assert "restorebench baseline save RUN --out b.json" in capsys.readouterr().err
    assert main(["baseline", "save", runs["old"], "--out", "b.json"]) == 0
    assert main(["check", runs["same"], "--baseline", "b.json", "--identical"]) == 0
    assert main(["check", runs["worse"], "--baseline", "b.json"]) == 1


def test_explain_shows_the_arithmetic(runs: dict[str, str], capsys: pytest.CaptureFixture[str]):
    main(["check", runs["worse"], "--baseline", runs["old"], "--explain"])
    shown = capsys.readouterr().out
    assert "10,000 resamples of groups" in shown
    assert "> 0.1, passes if" in shown


def test_json_is_the_whole_verdict(runs: dict[str, str], capsys: pytest.CaptureFixture[str]):
    assert main(["check", runs["worse"], "--baseline", runs["old"], "--json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["outcome"], verdict["gates"][0]["reason"]) == ("fail", "drop-exceeds-tolerance")
    assert verdict["gates"][0]["drop"] == pytest.approx(0.5, abs=0.01)


def test_junit_summary_and_annotations_in_one_go(
    runs: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    assert main(["check", runs["worse"], "--baseline", runs["old"], "--junit", "out/check.xml"]) == 1
    assert ET.parse("out/check.xml").getroot().get("failures") == "1"  # noqa: S314 -- our own document
    assert "::error title=mine%2C gopro%2C psnr::PSNR is worse by" in capsys.readouterr().out
    assert "drop-exceeds-tolerance" in Path("summary.md").read_text(encoding="utf-8")
    main(["check", runs["worse"], "--baseline", runs["old"], "--json"])
    json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--level", "1.5"], "--level is 1.5"),
        (["--max-drop", "pnsr=0.1"], "did you mean psnr"),
        (["--metric", "ssim"], "Unknown metric 'ssim'"),
    ],
)
def test_mistakes_are_one_sentence(
    runs: dict[str, str], arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["check", runs["old"], "--baseline", runs["old"], *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_baseline_is_saved_from_runs_only(runs: dict[str, str], capsys: pytest.CaptureFixture[str]):
    main(["baseline", "save", runs["old"], "--out", "b.json"])
    assert main(["baseline", "save", "b.json", "--out", "c.json"]) == 2
    assert main(["baseline", "save", "nowhere", "--out", "c.json"]) == 2
    assert not Path("c.json").exists()
    assert "b.json is a file" in capsys.readouterr().err
