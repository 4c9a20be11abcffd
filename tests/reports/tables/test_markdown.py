from __future__ import annotations

from pathlib import Path

import pytest
from helpers.table_runs import shown


def test_markdown_marks_best_and_second(two: Path, capsys: pytest.CaptureFixture[str]):
    lines = shown(capsys, str(two), "--format", "markdown").splitlines()
    assert lines[0] == "| Model | Rain100H `rain100h@1` PSNR ↑ | Rain100H `rain100h@1` SSIM ↑ |"
    assert lines[2] == "| PReNet | **29.46** (29.46) | **0.899** (0.899) |"
    assert lines[3] == r"| PRN\_r | <u>27.42</u> (27.43) | <u>0.873</u> (0.874) |"
