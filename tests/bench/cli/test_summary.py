from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.cli import main


def test_what_is_wrong_with_a_model_on_two_data_sets_names_it_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(tmp_path / "absent.pth"))
    both = ["-d", "quickstart-rain", "-d", "quickstart-blur"]
    assert main(["run", "-m", "identity", *both, "--limit", "1", "--out", str(tmp_path / "out")]) == 0
    assert "\nidentity: LPIPS is missing" in capsys.readouterr().err
