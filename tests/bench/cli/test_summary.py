from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.bench.cli import main
from restorebench.bench.cli import quickstart as quickstart_command

REASON = "LPIPS needs the weights of AlexNet"
BOTH = ["-d", "quickstart-rain", "-d", "quickstart-blur"]


@pytest.fixture(autouse=True)
def no_lpips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(tmp_path / "absent.pth"))


def test_what_was_said_before_the_runs_is_not_said_after_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "-m", "identity", *BOTH, "--limit", "1", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert said.count(REASON) == 1
    assert "LPIPS will be null: " + REASON in said


def test_what_is_wrong_with_a_model_on_two_data_sets_names_it_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["run", "-m", "identity", *BOTH, "--limit", "1", "--out", str(tmp_path / "out")]
    main(again)
    capsys.readouterr()
    assert main(again) == 0  # measures nothing, so that the reason comes from the records
    said = capsys.readouterr().err
    assert said.count(REASON) == 1
    assert "\nidentity: LPIPS is missing: " + REASON in said


def test_what_is_wrong_with_every_model_names_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = ["-m", "identity", "-m", "median"]
    again = ["run", *models, *BOTH, "--limit", "1", "--out", str(tmp_path / "out")]
    main(again)
    capsys.readouterr()
    assert main(again) == 0
    assert "\nLPIPS is missing: " + REASON in capsys.readouterr().err


def test_the_quickstart_says_once_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    studies = {"quickstart-rain": ("identity",), "quickstart-blur": ("identity",)}
    monkeypatch.setattr(quickstart_command, "STUDIES", studies)
    for sentence in ("LPIPS will be null: ", "identity: LPIPS is missing: "):  # measured, then read back
        assert main(["quickstart", "--out", str(tmp_path / "out")]) == 0
        said = capsys.readouterr().err
        assert said.count(sentence + REASON) == said.count(REASON) == 1
        assert said.count("restorebench table") == 1
