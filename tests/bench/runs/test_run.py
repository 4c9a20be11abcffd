from __future__ import annotations

import json
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from helpers.paired_runs import write_paired_run
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.errors import RunFolderError
from restorebench.bench.runs.run import cell_name, find_runs, finish_run, load_run, run_folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_paired_run(tmp_path, {"psnr": [30.0, float("inf")], "lpips": [0.1, None]})


def edited(folder: Path, **changes: Any) -> Path:
    info = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(info | changes))
    return folder


def test_a_finished_run_has_its_summary_and_an_infinite_mean_survives(folder: Path):
    finished = finish_run(folder)
    again = load_run(folder)
    assert again == finished
    assert again.info.summary == finished.summary == again.summary
    assert again.summary.metrics["psnr"].mean == float("inf")
    assert json.loads((folder / "run.json").read_text())["summary"]["metrics"]["psnr"]["mean"] == "inf"


def test_keys_of_a_newer_minor_version_are_ignored(folder: Path):
    before = load_run(folder)
    assert load_run(edited(folder, novelty={"a": 1})) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema_version": 4}, "schema version 4, this restorebench reads up to 3: update it"),
        ({"schema_version": True}, "has no schema_version"),
        ({"schema_version": "2"}, "has no schema_version"),
        ({"selected": "2"}, r"run\.json is damaged \(selected: expected an integer, got a text\): move it away"),
        ({"plan": {}}, r"\(plan\.model is missing\)"),
        ({"summary": {"metrics": {"psnr": {"mean": "nan"}}}}, r"\(summary\.metrics\[\.\.\.\]\.mean: expected a number"),
    ],
)
def test_a_wrong_field_is_named(folder: Path, changes: dict[str, Any], message: str):
    with pytest.raises(RunFolderError, match=message):
        load_run(edited(folder, **changes))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"schema_version": 1' + b"0" * 400 + b"}"]
)
def test_something_else_is_damage(folder: Path, content: bytes):
    (folder / "run.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=r"run\.json is damaged \(.+\): move it away and run again"):
        load_run(folder)


@given(data=st.data())
def test_no_wrong_byte_is_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    folder = tmp_path_factory.getbasetemp() / "mutated" / "gopro" / "mine"
    if not folder.is_dir():
        finish_run(write_paired_run(folder.parents[1], {"psnr": [30.0, float("inf")], "lpips": [0.1, None]}))
        for name in ("run.json", "scores.jsonl"):
            (folder / f"{name}.whole").write_bytes((folder / name).read_bytes())
    name = data.draw(st.sampled_from(["run.json", "scores.jsonl"]))
    whole = (folder / f"{name}.whole").read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(
        st.binary(max_size=3) | st.sampled_from([b"null", b'"inf"', b"NaN", b"-1", b"1e999", b"[]", b"{}"])
    )
    try:
        (folder / name).write_bytes(whole[:place] + piece + whole[place + data.draw(st.integers(0, 8)) :])
        run = load_run(folder)
        assert run.summary.images == len(run.records)
    except RunFolderError as error:
        assert str(folder / name) in str(error)  # noqa: PT017 -- either is right
    finally:
        (folder / name).write_bytes(whole)


def test_a_long_name_in_any_script_fits():
    assert len(cell_name("模" * 300).encode()) <= 255
    assert cell_name("模" * 300) != cell_name("模" * 301)


@given(st.text(min_size=1))
def test_every_name_has_a_folder_that_every_file_system_accepts(name: str):
    folder = cell_name(name)
    assert folder
    assert len(folder.encode()) <= 255
    assert not set(folder) & set('<>:"/\\|?*\0')
    assert folder not in {".", ".."}
    assert not folder.endswith((".", " "))
    assert PureWindowsPath(folder).name == folder


@pytest.mark.parametrize("name", ["con", "Aux", "nul.onnx", "./COM1.py:build", "com¹", "lpt9.tar.gz", "prn .x"])
def test_no_folder_has_the_name_of_a_device_of_windows(name: str):
    folder = cell_name(name)
    base = folder.partition(".")[0].rstrip().lower()
    assert base not in {"con", "prn", "aux", "nul", "com1", "com¹", "lpt9"}


def test_a_metric_that_the_run_does_not_measure_is_refused(tmp_path: Path):
    folder = write_paired_run(tmp_path, {"psnr": [30.0, 31.0]})
    path = folder / "scores.jsonl"
    path.write_text(path.read_text().replace('"psnr"', '"pnsr"', 1))
    with pytest.raises(RunFolderError, match=r"record of '0000' with the metric 'pnsr'.*did you mean psnr\?"):
        load_run(folder)


def test_runs_are_found_at_any_depth_and_beside_each_other(tmp_path: Path):
    values = {"psnr": [30.0, 31.0]}
    folders = [
        write_paired_run(tmp_path / place, values, model=f"m{number}")
        for number, place in enumerate(("", "later", "a/b/c/d/e"))
    ]
    assert run_folders(tmp_path) == sorted(folders)
    assert {run.model for run in find_runs(tmp_path)} == {"m0", "m1", "m2"}
    assert run_folders(folders[0]) == [folders[0]]


def test_parts_and_hidden_folders_are_no_runs_and_links_may_be_a_circle(tmp_path: Path):
    values = {"psnr": [30.0]}
    part = write_paired_run(tmp_path / "out" / "shards" / "1-of-2", values)
    write_paired_run(tmp_path / "out" / ".before", values)
    (tmp_path / "out" / "again").symlink_to(tmp_path / "out", target_is_directory=True)
    with pytest.raises(RunFolderError, match=r"only parts of runs .*restorebench merge"):
        find_runs(tmp_path / "out")
    assert run_folders(tmp_path / "out" / "shards") == [part]
