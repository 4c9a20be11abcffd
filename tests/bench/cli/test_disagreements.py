from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.restored_images import write_pairs
from restorebench.bench.cli import disagreements, main
from restorebench.bench.errors import ImageError
from restorebench.bench.explanation.claims import Claim, parse_claims
from restorebench.bench.explanation.measurements import WAYS_FILE
from restorebench.bench.runs.run import Run, find_runs
from restorebench.reports.board import explaining


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """Scores by rgb@1, to which the name of the method and --save-images are added."""
    data, restored = write_pairs(tmp_path, 3, 48, 56)
    return ["score", str(restored), "-d", f"paired={data}", "-p", "rgb@1", "--out", str(tmp_path / "out")]


def published(monkeypatch: pytest.MonkeyPatch, *claims: str) -> None:
    """As if the method had numbers in papers that its own differ from."""

    def numbers(_: Run) -> list[tuple[Claim, ...]]:
        return [parse_claims(claims)]

    monkeypatch.setattr(explaining, "published_claims", numbers)


def test_a_disagreement_is_explained_after_the_run_and_kept(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    published(monkeypatch, "psnr=11.11")
    assert main([*arguments, "--name", "mine", "--save-images", "all", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["model"] == "mine"
    assert "Published: None of " in printed.err
    (run,) = find_runs(tmp_path / "out")
    assert (run.path / WAYS_FILE).is_file()


def test_nothing_is_measured_where_images_are_missing_or_many(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    published(monkeypatch, "psnr=11.11")
    assert main([*arguments, "--name", "none", "--save-images", "none"]) == 0
    assert "Published" not in capsys.readouterr().err
    monkeypatch.setattr(disagreements, "MOST_PIXELS", 3 * 48 * 56 - 1)
    assert main([*arguments, "--name", "many", "--save-images", "all"]) == 0
    assert "To explain the published number: restorebench explain" in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.rglob(WAYS_FILE))


def test_an_explanation_that_fails_does_not_fail_the_run(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    published(monkeypatch, "psnr=11.11")

    def fail(*_: object, **__: object) -> None:
        raise ImageError("an image is damaged.")

    monkeypatch.setattr("restorebench.bench.explanation.explain.explain", fail)
    assert main([*arguments, "--name", "mine", "--save-images", "all"]) == 0
    assert "The published number is not explained: an image is damaged." in capsys.readouterr().err
