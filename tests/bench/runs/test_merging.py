from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from helpers.memory_dataset import photograph
from restorebench.bench.cli import main
from restorebench.bench.errors import PlanMismatchError, RunFolderError, RunLockedError
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.matrix import run_matrix
from restorebench.bench.evaluation.options import RunOptions
from restorebench.bench.files.folder_lock import hold
from restorebench.bench.files.images import encode_png
from restorebench.bench.runs.merging import merge_runs
from restorebench.bench.runs.pictures import SaveImages
from restorebench.bench.runs.run import load_run
from restorebench.bench.terminal.progress import Silent

IMAGES = 31


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for kind in ("input", "target"):
        (tmp_path / "data" / kind).mkdir(parents=True)
        for number in range(IMAGES):
            image = encode_png(photograph(number + 100 * (kind == "target")))
            (tmp_path / "data" / kind / f"{number}.png").write_bytes(image)
    return tmp_path / "data"


def run(data: Path, out: Path, save: SaveImages = "worst", **control: object) -> Path:
    told = RunOptions(("identity", "unsharp"), (f"paired={data}",), out=str(out), device="cpu")
    outcome = run_matrix(told, Control(save_images=save, **control))  # pyright: ignore[reportArgumentType]
    return outcome.out


def complete(out: Path) -> Path:
    """Restore the pictures chosen over all models, which no shard can know."""
    assert main(["report", str(out), "--complete", "--out", str(out.with_name("report"))]) == 0
    return out


def content(out: Path) -> dict[str, object]:
    """Everything that a report reads, without times."""
    found: dict[str, object] = {}
    for path in (path for path in out.rglob("*") if path.is_file() and "shards" not in path.parts):
        name = path.relative_to(out).as_posix()
        if path.name == "scores.jsonl":
            found[name] = [json.loads(line) | {"seconds": None} for line in path.read_text().splitlines()]
        elif path.name == "run.json":
            info = json.loads(path.read_text())
            info["created"] = info["command"] = None
            for measured in (info, *info.get("also", [])):
                measured["summary"]["seconds_p50"] = None
            found[name] = info
        elif path.suffix == ".png":
            found[name] = path.read_bytes()
    return found


@pytest.mark.parametrize("save", ["worst", "all", "none"])
def test_merged_shards_are_a_straight_run(data: Path, tmp_path: Path, save: SaveImages):
    for index in (3, 1, 2):
        run(data, tmp_path / "out", save, shard=(index, 3))
    merge_runs([tmp_path / "out" / "shards"], tmp_path / "out", Silent())
    run(data, tmp_path / "straight", save)
    merged = complete(tmp_path / "out") if save == "worst" else tmp_path / "out"
    assert content(merged) == content(tmp_path / "straight")


def test_shards_are_disjoint_and_interleaved(data: Path, tmp_path: Path):
    folders = [run(data, tmp_path / "out", shard=(index, 2)) for index in (1, 2)]
    keys = [[record.key for record in load_run(folder / "paired" / "identity").records] for folder in folders]
    assert keys[0] == [str(number) for number in range(0, IMAGES, 2)]
    assert keys[1] == [str(number) for number in range(1, IMAGES, 2)]
    assert [load_run(folder / "paired" / "identity").info.selected for folder in folders] == [16, 15]


def test_parts_may_come_one_by_one_and_twice(data: Path, tmp_path: Path):
    out = tmp_path / "out"
    run(data, out, shard=(1, 2))
    first = merge_runs([out / "shards"], out, Silent())[0]
    assert (len(first.records), first.info.selected) == (16, 16)
    run(data, out, shard=(2, 2))
    merge_runs([out / "shards"], out, Silent())
    merge_runs([out / "shards"], out, Silent())
    run(data, tmp_path / "straight")
    left, merged = content(tmp_path / "straight"), content(complete(out))
    assert {name: value for name, value in merged.items() if "/images/" not in name or name in left} == left


def test_pictures_that_a_later_part_outdoes_are_taken_away(data: Path, tmp_path: Path):
    out = tmp_path / "out"
    for index in range(1, 7):
        run(data, out, shard=(index, 6))
        merge_runs([out / "shards"], out, Silent())
    run(data, tmp_path / "straight")
    names = {name for name in content(tmp_path / "straight") if "/restored/" in name}
    assert {name for name in content(complete(out)) if "/restored/" in name} == names


def test_a_shard_that_was_interrupted_leaves_the_rest_missing(data: Path, tmp_path: Path):
    out = tmp_path / "out"
    folder = run(data, out, shard=(2, 2)) / "paired" / "identity"
    run(data, out, shard=(1, 2))
    lines = (folder / "scores.jsonl").read_text().splitlines(keepends=True)
    (folder / "scores.jsonl").write_text("".join(lines[:-4]))
    merged = merge_runs([out / "shards"], out, Silent())[0]
    assert (merged.summary.images, merged.summary.selected, merged.summary.finished) == (IMAGES - 4, IMAGES, False)
    assert main(["merge", str(out / "shards"), "--out", str(out), "--json"]) == 1


def test_a_good_record_replaces_a_failed_one(data: Path, tmp_path: Path):
    target = data / "target" / "4.png"
    whole = target.read_bytes()
    target.write_bytes(whole[:50] + b"?" * (len(whole) - 50))  # the size, and so the plan, stays
    run(data, tmp_path / "first")
    target.write_bytes(whole)
    run(data, tmp_path / "second")
    parts = [tmp_path / "first", tmp_path / "second"]
    assert load_run(parts[0] / "paired" / "identity").summary.failed == 1
    merged = merge_runs(parts, tmp_path / "out", Silent())[0]
    assert merged.summary.failed == 0
    assert [record.key for record in merged.records] == [str(number) for number in range(IMAGES)]


def test_parts_of_other_plans_are_refused_with_the_difference(data: Path, tmp_path: Path):
    run(data, tmp_path / "a", shard=(1, 2))
    told = RunOptions(("identity",), (f"paired={data}",), out=str(tmp_path / "b"), device="cpu", protocol="y@1")
    run_matrix(told, Control(shard=(2, 2)))
    with pytest.raises(PlanMismatchError, match=r"protocol: rgb@1 -> y@1"):
        merge_runs([tmp_path / "a", tmp_path / "b"], tmp_path / "out", Silent())
    assert not (tmp_path / "out").exists()


def test_nothing_to_merge_and_a_part_at_work_are_said(data: Path, tmp_path: Path):
    with pytest.raises(RunFolderError, match="no run below"):
        merge_runs([data], tmp_path / "out", Silent())
    part = run(data, tmp_path / "out", shard=(1, 2)) / "paired" / "identity"
    with hold(part), pytest.raises(RunLockedError):
        merge_runs([tmp_path / "out" / "shards"], tmp_path / "out", Silent())


def test_the_commands_as_a_user_types_them(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    arguments = ["run", "-m", "identity", "-d", f"paired={data}", "--out", str(out), "--device", "cpu"]
    for shard in ("1/2", "2/2"):
        assert main([*arguments, "--shard", shard]) == 0
    assert main(["merge", str(out / "shards"), "--out", str(out)]) == 0
    assert f"{IMAGES}" in capsys.readouterr().out
    shutil.rmtree(out / "shards")
    assert main([*arguments]) == 0  # nothing is left to do
    assert main([*arguments, "--shard", "5/2"]) == 2
    assert "write i/n" in capsys.readouterr().err
    assert main([*arguments, "--ray-workers", "2"]) == 2
    assert "--engine ray" in capsys.readouterr().err
    assert main(["merge", "--out", str(out)]) == 2


def run_by(data: Path, out: Path, *protocols: str, **control: object) -> Path:
    told = RunOptions(("identity",), (f"paired={data}",), protocols=protocols, out=str(out), device="cpu")
    run_matrix(told, Control(**control))  # pyright: ignore[reportArgumentType]
    return out


def test_shards_by_several_protocols_are_merged_by_each(data: Path, tmp_path: Path):
    for index in (1, 2):
        run_by(data, tmp_path / "out", "rgb@1", "y@1", shard=(index, 2))
    merge_runs([tmp_path / "out" / "shards"], tmp_path / "out", Silent())
    run_by(data, tmp_path / "whole", "rgb@1", "y@1")
    assert content(complete(tmp_path / "out")) == content(tmp_path / "whole")


def test_a_protocol_that_has_joined_some_parts_joins_the_merged_run(data: Path, tmp_path: Path):
    out = tmp_path / "out"
    for index in (1, 2):
        run_by(data, out, "rgb@1", shard=(index, 2), save_images="all")
    before = merge_runs([out / "shards"], out, Silent())[0]
    run_by(data, out, "rgb@1", "y@1", shard=(1, 2), save_images="all")
    half = merge_runs([out / "shards"], out, Silent())[0]
    assert (half.records, half.protocols) == (before.records, ("rgb@1", "y@1"))
    assert (half.by("y@1").summary.images, half.by("y@1").summary.selected) == (16, IMAGES)
    assert main(["merge", str(out / "shards"), "--out", str(out), "--json"]) == 1  # unfinished
    run_by(data, out, "rgb@1", "y@1", shard=(2, 2), save_images="all")
    whole = merge_runs([out / "shards"], out, Silent())[0]
    alone = load_run(run_by(data, tmp_path / "alone", "y@1") / "paired" / "identity")
    assert whole.by("y@1").summary.metrics == alone.summary.metrics
    assert whole.by("y@1").summary.finished
