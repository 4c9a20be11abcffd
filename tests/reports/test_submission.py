from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.paired_runs import join_protocols, write_paired_run
from helpers.report_runs import FakeRun, write_run
from helpers.submissions import Contents, edit_archive
from restorebench.bench.cli import main
from restorebench.bench.errors import RunFolderError
from restorebench.bench.runs.run import finish_run, load_run
from restorebench.reports.submission import archive_name, check_archive, pack_run, run_problems

PRENET = FakeRun(psnr=29.4599, ssim=0.8989)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return pack_run(load_run(write_run(tmp_path / "runs", PRENET)), tmp_path / "run.zip")


def rewritten(archive: Path, change: Callable[[Contents], None]) -> Path:
    edit_archive(archive, change)
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


def edited_manifest(contents: Contents, **changes: object) -> None:
    manifest = json.loads(contents["manifest.json"]) | changes
    contents["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("field", "what"),
    [("model", "model"), ("dataset", "data set"), ("protocol", "protocol"), ("plan_sha256", "hash of the plan")],
)
def test_a_manifest_that_names_something_else_is_refused(archive: Path, field: str, what: str):
    rewritten(archive, lambda contents: edited_manifest(contents, **{field: "other"}))
    with pytest.raises(RunFolderError, match=f"The {what} is 'other' in manifest.json and '.+' in run.json"):
        check_archive(archive)


def test_a_manifest_without_a_key_is_refused(archive: Path):
    def forget(contents: Contents) -> None:
        manifest = json.loads(contents["manifest.json"])
        del manifest["files"]
        contents["manifest.json"] = json.dumps(manifest).encode()

    with pytest.raises(RunFolderError, match=r"manifest\.json: files is missing"):
        check_archive(rewritten(archive, forget))


def resized(archive: Path, name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """The archive with another content of one file, packed by a method."""
    with zipfile.ZipFile(archive) as stream:
        contents = {each: stream.read(each) for each in stream.namelist()} | {name: content}
    with zipfile.ZipFile(archive, "w", method) as stream:
        for each, data in contents.items():
            stream.writestr(each, data)
    return archive


@pytest.mark.parametrize(
    ("content", "method", "message"),
    [
        (b"\n" * 190_000_000, zipfile.ZIP_DEFLATED, r"scores.jsonl is packed \d+ to 1"),
        (b"\n" * 9_000_000, zipfile.ZIP_STORED, "scores.jsonl was changed after packing"),
        (b"{}\n", zipfile.ZIP_BZIP2, "is packed by a method other than deflate"),
    ],
    ids=["newlines", "stored newlines", "bzip2"],
)
def test_bombs_are_refused_before_they_are_unpacked(archive: Path, content: bytes, method: int, message: str):
    bomb = resized(archive, "scores.jsonl", content, method)
    tracemalloc.start()
    try:
        with pytest.raises(RunFolderError, match=message):
            check_archive(bomb)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_large_file_is_refused_by_its_size(archive: Path):
    resized(archive, "run.json", b"x" * 8_000_001, zipfile.ZIP_STORED)
    with pytest.raises(RunFolderError, match=r"run\.json is larger than 8 MB"):
        check_archive(archive)


def test_an_archive_of_many_files_is_refused_before_they_are_listed(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as stream:
        for number in range(2000):
            stream.writestr(f"{number}.json", b"")
    with pytest.raises(RunFolderError, match="it lists 2000 files"):
        check_archive(tmp_path / "many.zip")


def test_an_encrypted_archive_is_refused(archive: Path):
    content = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(signature, place + 4)
    archive.write_bytes(content)
    with pytest.raises(RunFolderError, match="is encrypted"):
        check_archive(archive)


def test_archives_after_a_bad_one_are_checked_too(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "bad.zip").write_bytes(archive.read_bytes()[:-40])
    good = tmp_path / "good.zip"
    good.write_bytes(archive.read_bytes())
    assert main(["submit", "--check", str(tmp_path / "bad.zip"), str(tmp_path / "none.zip"), str(good)]) == 2
    printed = capsys.readouterr()
    said = printed.err.splitlines()
    assert [line.rpartition(" ")[2] for line in printed.out.splitlines() if "good.zip" in line] == ["intact."]
    assert sum("bad.zip is not an archive" in line for line in said) == 1
    assert sum("There is no archive" in line and "none.zip: correct the path" in line for line in said) == 1


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


def test_every_protocol_of_a_run_is_packed_and_checked(tmp_path: Path):
    folder = write_paired_run(tmp_path / "out", {"psnr": [30.0, 31.0]})
    join_protocols(folder, write_paired_run(tmp_path / "y", {"psnr": [32.0, 33.0]}, protocol="y@1"))
    with pytest.raises(RunFolderError, match="There is no summary"):
        pack_run(load_run(folder), tmp_path / "run.zip")
    finish_run(folder)
    archive = pack_run(load_run(folder), tmp_path / "run.zip")
    assert check_archive(archive).protocols == ("gopro@1", "y@1")
    raw = json.loads((folder / "run.json").read_text())
    raw["also"][0]["summary"]["metrics"]["psnr"]["mean"] = 34.0
    (folder / "run.json").write_text(json.dumps(raw))
    with pytest.raises(RunFolderError, match="The summary does not match the records"):
        pack_run(load_run(folder), tmp_path / "run.zip")
    assert main(["submit", str(folder), "--out", str(tmp_path)]) == 2
