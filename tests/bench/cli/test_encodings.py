from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNS = Path(__file__).parents[2] / "data" / "run-0.1.0" / "out"


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii", "latin-1"])
def test_a_table_fits_into_any_encoding_of_the_output(encoding: str):
    code = f"import sys; from restorebench.bench.cli import main; sys.exit(main(['table', {str(RUNS)!r}]))"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=False)  # noqa: S603 -- our own
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert "PSNR" in done.stdout.decode(encoding)
