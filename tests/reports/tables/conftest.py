"""Run folders that tables are drawn from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import write_run
from helpers.table_runs import PRENET, PRN_R


@pytest.fixture
def two(tmp_path: Path) -> Path:
    write_run(tmp_path, PRENET)
    write_run(tmp_path, PRN_R)
    return tmp_path


@pytest.fixture
def dated(tmp_path: Path) -> Path:
    """Two families, three years, and a run folder that is older than the field."""
    write_run(tmp_path, replace(PRENET, family="A", year=2022, psnr=29.0))
    write_run(tmp_path, replace(PRENET, model="b", title="B", family="B", year=2019, psnr=30.0, weights="1" * 64))
    write_run(tmp_path, replace(PRENET, model="c", title="C", family="A", year=2019, psnr=31.0, weights="2" * 64))
    folder = write_run(tmp_path, replace(PRENET, model="d", title="D", family="B", psnr=32.0, weights="3" * 64))
    info = json.loads((folder / "run.json").read_text())
    del info["model"]["year"], info["model"]["citation"]
    (folder / "run.json").write_text(json.dumps(info))
    return tmp_path
