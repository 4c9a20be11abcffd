"""What works on Linux works without POSIX, whose modules and signals are taken away, and with other line endings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png
from restorebench.bench.runs.run import find_runs

WINDOWS = """
import os, signal, sys
# They choose by the system when they are imported.
import asyncio, concurrent.futures, multiprocessing, platform, subprocess, tempfile
import cyclopts, filelock, jinja2, numpy, pandas, PIL.Image, rich.console, rich.progress, scipy.stats, torch
import skimage.metrics
platform.uname()
for name in ("fcntl", "resource", "pwd", "grp", "termios", "posix", "pty", "tty"):
    sys.modules[name] = None
for name in (
    "fork", "getuid", "geteuid", "getgid", "getloadavg", "killpg", "statvfs", "sched_getaffinity",
    "sched_setaffinity", "symlink", "link", "uname", "nice", "setsid", "mkfifo", "chown", "pread", "posix_fadvise",
):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGSTOP", "setitimer", "alarm"):
    if hasattr(signal, name):
        delattr(signal, name)
sys.platform = "win32"
from restorebench.bench.cli import main
for line in sys.argv[1:]:
    code = main(line.split("|"))
    assert code == 0, (line, code)
"""
"""An interpreter without what Windows lacks. Other libraries are imported before, because they know the real system."""


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    for index in range(3):
        for side in ("input", "target"):
            image = draw.integers(0, 256, (48, 48, 3), dtype=np.uint8)
            save_png(tmp_path / "pairs" / side / f"{index}.png", image)
    return tmp_path / "pairs"


@pytest.mark.slow
def test_commands_work_without_posix(pairs: Path, tmp_path: Path):
    (tmp_path / "mine.py").write_text("from torch import nn\nbuild = nn.Identity\n", encoding="utf-8")
    lines = [
        f"run|-m|identity|-m|./mine.py:build|-d|paired={pairs}|-p|rgb|--out|out|--save-images|all",
        f"run|-m|identity|-m|./mine.py:build|-d|paired={pairs}|-p|rgb|--out|out|--save-images|all",  # resumes
        "table|out",
        "compare|out|identity|./mine.py:build",
        "check|out/paired/identity|--baseline|out/paired/mine.py-build|--other-model",
        "report|out",
        f"score|out/paired/identity/restored|-d|paired={pairs}|--name|again|-p|rgb|--out|scored",
        "profile|-m|identity|--size|32x32|--macs-only|--out|cost",
        "submit|out/paired/identity|--images|--out|archives",
        "leaderboard|out|--out|board",
        "doctor|-m|identity|-d|quickstart-blur",
        "init|begun",
    ]
    done = subprocess.run(  # noqa: S603 -- our own code
        [sys.executable, "-c", WINDOWS, *lines],
        cwd=tmp_path,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert len(find_runs(tmp_path / "out")) == 2


def test_run_folders_are_read_with_the_line_endings_of_windows(pairs: Path, tmp_path: Path):
    """As Git gives them to a user of Windows who has not told it otherwise."""
    out = tmp_path / "out"
    suite = tmp_path / "suite.toml"
    text = f"models = ['identity']\ndatasets = ['paired={pairs}']\nprotocols = ['rgb@1']\nout = '{out}'\n"
    suite.write_text(text, encoding="utf-8")
    assert main(["run", str(suite)]) == 0
    (before,) = find_runs(out)
    for path in (suite, *out.rglob("*.json"), *out.rglob("*.jsonl")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (after,) = find_runs(out)
    assert after.records == before.records
    assert after.info == before.info
    assert main(["check", str(out), "--baseline", str(out)]) == 0
    assert main(["run", str(suite)]) == 0  # goes on with what there is
    (resumed,) = find_runs(out)
    assert resumed.records == before.records


def test_records_with_mixed_line_endings_are_resumed(pairs: Path, tmp_path: Path):
    command = ["run", "-m", "identity", "-d", f"paired={pairs}", "-p", "rgb", "--out", str(tmp_path / "out")]
    assert main([*command, "--limit", "2"]) == 0
    (path,) = (tmp_path / "out").rglob("scores.jsonl")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert main(command) == 0
    (run,) = find_runs(tmp_path / "out")
    assert [record.key for record in run.records] == ["0", "1", "2"]
    assert all(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
