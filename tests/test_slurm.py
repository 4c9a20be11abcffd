"""The documented Slurm scripts, with stand-ins for Slurm's own commands that run everything on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.files.images import encode_png
from restorebench.bench.runs.run import find_runs

SCRIPTS = Path(__file__).parents[1] / "docs" / "how-to" / "slurm"
IMAGES = 6

SRUN = """#!/bin/bash
while [[ $1 == --* ]]; do shift; done
exec "$@"
"""
SCONTROL = """#!/bin/bash
printf '%s\\n' 127.0.0.1 127.0.0.2
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for kind in ("input", "target"):
        (tmp_path / "data" / kind).mkdir(parents=True)
        for number in range(IMAGES):
            pixels = np.random.default_rng([number, len(kind)]).integers(0, 256, (24, 32, 3), dtype=np.uint8)
            (tmp_path / "data" / kind / f"{number}.png").write_bytes(encode_png(pixels))
    return tmp_path / "data"


def submit(script: str, tmp_path: Path, data: Path, **slurm: str) -> subprocess.CompletedProcess[str]:
    """Run a script as Slurm would."""
    commands = tmp_path / "bin"
    commands.mkdir(exist_ok=True)
    for name, content in (("srun", SRUN), ("scontrol", SCONTROL)):
        (commands / name).write_text(content)
        (commands / name).chmod(0o755)
    path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    arguments = ["-m", "identity", "-d", f"paired={data}", "--out", str(tmp_path / "out"), "--device", "cpu"]
    return subprocess.run(  # noqa: S603 -- our own script
        ["bash", str(SCRIPTS / script), *arguments],  # noqa: S607 -- whichever bash there is
        env={**os.environ, "PATH": path, **slurm},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_job_array_and_its_merge(data: Path, tmp_path: Path):
    for task in ("1", "2"):
        done = submit("array.sbatch", tmp_path, data, SLURM_ARRAY_TASK_ID=task, SLURM_ARRAY_TASK_COUNT="2")
        assert done.returncode == 0, done.stderr
    merge = [sys.executable, "-c", "import sys; from restorebench.bench.cli import main; sys.exit(main())", "merge"]
    out = tmp_path / "out"
    done = subprocess.run([*merge, str(out / "shards"), "--out", str(out)], check=False, capture_output=True)  # noqa: S603 -- our own
    assert done.returncode == 0
    (run,) = find_runs(out)
    assert [record.key for record in run.records] == [str(number) for number in range(IMAGES)]


@pytest.mark.slow
def test_ray_on_the_nodes_of_an_allocation(data: Path, tmp_path: Path):
    pytest.importorskip("ray")
    slurm = {"SLURM_JOB_ID": str(os.getpid()), "SLURM_JOB_NODELIST": "node[1-2]", "SLURM_JOB_NUM_NODES": "2"}
    done = submit("ray.sbatch", tmp_path, data, **slurm, SLURM_CPUS_PER_TASK="1")
    assert done.returncode == 0, done.stderr
    (run,) = find_runs(tmp_path / "out")
    assert run.summary.images == IMAGES
    assert "1 cell on " in done.stderr
