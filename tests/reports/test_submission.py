from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.cli import main
from restorebench.bench.errors import RunFolderError
from restorebench.bench.runs.run import load_run
from restorebench.reports.submission import archive_name, check_archive, pack_run, run_problems

PRENET = FakeRun(psnr=29.4599, ssim=0.8989)
Contents = dict[str, bytes]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return pack_run(load_run(write_run(tmp_path / "runs", PRENET)), tmp_path / "run.zip")


def rewritten(archive: Path, change: Callable[[Contents], None]) -> Path:
    with zipfile.ZipFile(archive) as stream:
        contents = {name: stream.read(name) for name in stream.namelist()}
    change(contents)
    with zipfile.ZipFile(archive, "w") as stream:
        for name, data in contents.items():
            stream.writestr(name, data)
    return archive


def test_what_was_packed_is_what_is_read(archive: Path, tmp_path: Path):
    run = check_archive(archive)
    assert run.records == load_run(tmp_path / "runs" / "rain100h" / "prenet").records
    assert run.info.plan.model == "prenet"


def test_the_same_run_gives_the_same_archive(archive: Path, tmp_path: Path):
    again = pack_run(load_run(tmp_path / "runs" / "rain100h" / "prenet"), tmp_path / "again.zip")
    assert again.read_bytes() == archive.read_bytes()


def edit_score(contents: Contents) -> None:
    contents["scores.jsonl"] = contents["scores.jsonl"].replace(b'"psnr":2', b'"psnr":3', 1)


def drop_scores(contents: Contents) -> None:
    del contents["scores.jsonl"]


def smuggle(contents: Contents) -> None:
    contents["../evil.py"] = b"print('hello')"


def newer(contents: Contents) -> None:
    contents["manifest.json"] = contents["manifest.json"].replace(b'"format": 1', b'"format": 2')


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (edit_score, "scores.jsonl was changed after packing"),
        (drop_scores, "instead of manifest.json, run.json, scores.jsonl"),
        (smuggle, r"it contains \.\./evil\.py"),
        (newer, "its format is 2"),
    ],
)
def test_edited_archives_are_refused(archive: Path, change: Callable[[Contents], None], message: str):
    with pytest.raises(RunFolderError, match=message.replace("(", r"\(")):
        check_archive(rewritten(archive, change))


def test_a_forged_manifest_does_not_hide_an_edited_record(archive: Path):
    def forge(contents: Contents) -> None:
        import hashlib

        edit_score(contents)
        manifest = json.loads(contents["manifest.json"])
        manifest["files"]["scores.jsonl"]["sha256"] = hashlib.sha256(contents["scores.jsonl"]).hexdigest()
        contents["manifest.json"] = json.dumps(manifest).encode()

    with pytest.raises(RunFolderError, match="The summary does not match the records"):
        check_archive(rewritten(archive, forge))


def test_something_else_is_not_an_archive(tmp_path: Path):
    (tmp_path / "a.zip").write_text("not a zip file")
    with pytest.raises(RunFolderError, match="not an archive"):
        check_archive(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"images": 40, "selected": 100}, "unfinished: 40 of 100"), ({"failed": 2}, "2 images failed")],
)
def test_unfit_runs_are_not_packed(tmp_path: Path, change: dict[str, int], problem: str):
    run = load_run(write_run(tmp_path, replace(PRENET, **change)))
    with pytest.raises(RunFolderError, match=problem):
        pack_run(run, tmp_path / "run.zip")
    assert not (tmp_path / "run.zip").exists()


def test_a_plan_that_was_edited_is_a_problem(tmp_path: Path):
    folder = write_run(tmp_path, PRENET)
    text = (folder / "run.json").read_text(encoding="utf-8")
    (folder / "run.json").write_text(text.replace('"precision": "fp32"', '"precision": "fp16"'), encoding="utf-8")
    assert run_problems(load_run(folder)) == ["The plan was changed after the run had started: its hash differs."]


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_run(tmp_path / "runs", replace(PRENET, model="../" + "x" * 200))
    assert main(["submit", str(folder), "--out", str(tmp_path / "sent")]) == 0
    archive = Path(capsys.readouterr().out.strip())
    assert archive == tmp_path / "sent" / archive_name(load_run(folder))
    assert main(["submit", "--check", str(archive)]) == 0
    rewritten(archive, edit_score)
    assert main(["submit", "--check", str(archive)]) == 2
