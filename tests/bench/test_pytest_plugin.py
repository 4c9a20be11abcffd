from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from paired_runs import write_paired_run

BASE = [30.0 + 0.1 * index for index in range(40)]
TESTS = """
import sys

def test_passes(assert_no_regression):
    assert "restorebench.bench.verdict.checks" not in sys.modules
    assert "numpy" not in sys.modules
    assert assert_no_regression("same", "old").outcome == "pass"

def test_fails(assert_no_regression):
    assert_no_regression("worse", "old")

def test_may_be_told_more(assert_no_regression):
    assert_no_regression("worse", "old", max_drop={"psnr": 1.0})

def test_is_undecided(assert_no_regression):
    assert_no_regression("unclear", "old")

def test_lets_undecided_pass(assert_no_regression):
    assert_no_regression("unclear", "old", ambiguous="pass")
"""


def test_fixture_in_a_project_of_its_own(tmp_path: Path):
    for name, shift in {"old": 0.0, "same": 0.0, "worse": -0.5, "unclear": -0.1}.items():
        moved = [value + shift + 0.01 * (index % 5 - 2) * bool(shift) for index, value in enumerate(BASE)]
        write_paired_run(tmp_path / name, {"psnr": moved})
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_it.py"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    if not any(entry.name == "restorebench" for entry in entry_points(group="pytest11")):
        command[4:4] = ["-p", "restorebench.bench.pytest_plugin"]  # an editable install that predates the entry point
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)  # noqa: S603
    assert "2 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "fail: mine (" in done.stdout
    assert "gopro: PSNR is worse by 0.5000 dB" in done.stdout
    assert "(drop-exceeds-tolerance)" in done.stdout
    assert "ambiguous: mine (" in done.stdout
    assert "Traceback" not in done.stdout


def test_fixture_is_there_for_this_suite_too(request: pytest.FixtureRequest, tmp_path: Path):
    if not any(entry.name == "restorebench" for entry in entry_points(group="pytest11")):
        pytest.skip("this editable install predates the entry point: pip install -e . again")
    run = write_paired_run(tmp_path, {"psnr": BASE})
    assert request.getfixturevalue("assert_no_regression")(run, run).gates[0].subject == "psnr"
