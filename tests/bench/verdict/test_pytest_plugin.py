from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from helpers.paired_runs import write_paired_run

PLUGIN = "restorebench.bench.verdict.pytest_plugin"
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
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        PLUGIN,
        "-p",
        "no:cacheprovider",
        "-W",
        "error",
        "test_it.py",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # where it is installed it would be there twice
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)  # noqa: S603
    assert "2 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "fail: mine (" in done.stdout
    assert "gopro: PSNR is worse by 0.500 dB" in done.stdout
    assert "(drop-exceeds-tolerance)" in done.stdout
    assert "ambiguous: mine (" in done.stdout
    assert "Traceback" not in done.stdout


def test_pytest_finds_the_plugin_by_its_entry_point():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"restorebench": PLUGIN}
    assert importlib.import_module(PLUGIN).assert_no_regression.__name__ == "assert_no_regression"
