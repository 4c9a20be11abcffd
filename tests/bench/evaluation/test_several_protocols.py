"""One restoration measured by several protocols, beside a run by each of them alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.memory_dataset import make_dataset
from restorebench.bench.contracts import ModelCard
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import PlanMismatchError, UnknownNameError, UsageError
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate, score_images
from restorebench.bench.files.images import save_png
from restorebench.bench.models.inference import Restorer
from restorebench.bench.runs.journal import rewrite_journal
from restorebench.bench.runs.pictures import picture_path
from restorebench.bench.runs.record_lines import encode_record
from restorebench.bench.runs.records import ScoreRecord
from restorebench.bench.runs.run import Run, find_runs, load_run, read_info, read_records
from restorebench.bench.terminal.progress import Silent
from torch import Tensor, nn

CARD = ModelCard("gain", "Gain", "restoration", needs_weights=False)
THREE = ["rgb@1", "y@1", "skimage-float@1"]
"""The last one scores the float output, the others the rounded one."""

IMAGES = 4


class Gain(nn.Module):
    """Multiplies its input, so that rounding moves the numbers; counts its calls, and fails from one on."""

    def __init__(self, factor: float = 0.937, fails_from: int | None = None) -> None:
        super().__init__()
        self.factor, self.calls, self.fails_from = factor, 0, fails_from

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        if self.fails_from is not None and self.calls > self.fails_from:
            raise ValueError("no more")
        return images * self.factor


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, message: str) -> None:
        self.said.append(message)


def run(
    out: Path,
    protocols: list[str],
    network: Gain | None = None,
    **control: object,
) -> Run:
    restorer = Restorer(network or Gain(), CARD)
    told = Control(**control)  # pyright: ignore[reportArgumentType]
    return evaluate(restorer, make_dataset(IMAGES), protocols=protocols, out=out, control=told)


def timeless(found: Run) -> list[ScoreRecord]:
    return [replace(record, seconds=None) for record in found.records]


def assert_as_alone(found: Run, alone: Path) -> None:
    """Every protocol's run is what a run by this protocol alone is, but for its time."""
    for protocol in found.protocols:
        mine, single = found.by(protocol), run(alone / protocol, [protocol])
        assert timeless(mine) == timeless(single)
        assert (mine.summary.metrics, mine.info.plan) == (single.summary.metrics, single.info.plan)
        assert mine.info.plan_sha256 == single.info.plan_sha256
        assert mine.info.protocol == single.info.protocol


def test_every_image_is_restored_once_and_every_protocol_has_the_numbers_that_it_has_alone(tmp_path: Path):
    several, single = Gain(), Gain()
    found = run(tmp_path / "several", THREE, several)
    run(tmp_path / "single", ["rgb@1"], single)
    assert several.calls == single.calls
    assert found.protocols == tuple(THREE)
    assert_as_alone(found, tmp_path / "alone")
    assert len({found.by(protocol).records[0].restored for protocol in THREE}) == 2  # the float, and the rounded one


def test_a_folder_is_a_run_by_each_of_its_protocols(tmp_path: Path):
    run(tmp_path, THREE)
    assert [found.protocol for found in find_runs(tmp_path)] == sorted(THREE)
    assert [found.protocol for found in find_runs(tmp_path, protocols=["y"])] == ["y@1"]
    with pytest.raises(UnknownNameError, match=r"Unknown protocol 'rgv@1'.*did you mean rgb@1"):
        find_runs(tmp_path, protocols=["rgv@1"])
    found = load_run(tmp_path / "memory" / "gain", "y@1")
    assert (found.protocol, found.by("rgb").by("y@1").records) == ("y@1", found.records)
    with pytest.raises(UnknownNameError, match=r"skimage-flat.*did you mean skimage-float@1"):
        found.by("skimage-flat@1")


def test_what_is_on_disk_names_every_protocol_once(tmp_path: Path):
    found = run(tmp_path, THREE)
    raw = json.loads((found.path / "run.json").read_text())
    assert (raw["schema_version"], raw["plan"]["protocol"], raw["protocol"]["id"]) == (3, "rgb@1", "rgb@1")
    assert [each["protocol"]["id"] for each in raw["also"]] == ["y@1", "skimage-float@1"]
    assert (
        raw["also"][1]["summary"]["metrics"]["psnr"]["mean"] == found.by("skimage-float@1").summary.metrics["psnr"].mean
    )
    lines = [json.loads(line) for line in (found.path / "scores.jsonl").read_text().splitlines()]
    assert all(list(line["metrics"]) == THREE and list(line["roundings"]) == THREE[2:] for line in lines)


def test_a_run_by_one_protocol_says_nothing_of_others(tmp_path: Path):
    raw = json.loads((run(tmp_path, ["rgb@1"]).path / "run.json").read_text())
    assert raw["schema_version"] == 2
    assert "also" not in raw


def test_a_protocol_joins_a_finished_run_without_restoring_anything_where_all_images_were_kept(tmp_path: Path):
    run(tmp_path / "out", ["rgb@1"], save_images="all")
    idle, notes = Gain(), Notes()
    found = run(tmp_path / "out", ["rgb@1", "y@1", "basicsr@1"], idle, progress=notes)
    assert idle.calls == 0
    assert "gain on Memory: 4 kept images measured by y@1 and basicsr@1; nothing was restored for it." in notes.said
    assert_as_alone(found, tmp_path / "alone")


@pytest.mark.parametrize(
    ("saved", "joining", "reason"),
    [
        ("none", "y@1", "they were not kept, as --save-images all does"),
        ("all", "skimage-float@1", "skimage-float@1 scores the float output, which is not kept"),
        ("all", "rain100h@1", "no image was kept in the rounding of rain100h@1, truncate"),
    ],
)
def test_what_the_kept_images_do_not_allow_is_restored_again_and_one_sentence_says_why(
    tmp_path: Path, saved: str, joining: str, reason: str
):
    run(tmp_path / "out", ["rgb@1"], save_images=saved)
    network, notes = Gain(), Notes()
    found = run(tmp_path / "out", ["rgb@1", joining], network, progress=notes, save_images=saved)
    assert network.calls >= IMAGES
    said = f"gain on Memory: 4 images will be restored again to be measured by {joining}, because {reason}."
    assert said in notes.said
    assert_as_alone(found, tmp_path / "alone")
    assert found.info.findings == ()


def test_a_kept_image_that_is_not_what_was_scored_is_restored_again(tmp_path: Path):
    first = run(tmp_path / "out", ["rgb@1"], save_images="all")
    other = make_dataset(IMAGES)
    changed = first.records[1].key
    save_png(picture_path(first.restored_folder, changed), other[changed].target.read())
    network, notes = Gain(), Notes()
    found = run(tmp_path / "out", ["rgb@1", "y@1"], network, progress=notes, save_images="all")
    assert any("1 image will be restored again" in said and "not what was scored" in said for said in notes.said)
    assert_as_alone(found, tmp_path / "alone")


def test_a_protocol_that_was_joining_when_the_process_was_killed_joins_the_rest(tmp_path: Path):
    before = run(tmp_path / "out", ["rgb@1"], save_images="all")
    finished = run(tmp_path / "out", ["rgb@1", "y@1"], save_images="all")
    path = finished.path / "scores.jsonl"
    joined = [encode_record(record) + b"\n" for record in finished.by("y@1").records]
    rewrite_journal(path, before.records)
    path.write_bytes(path.read_bytes() + joined[2] + joined[0] + joined[1][:40])  # torn by the kill
    halfway = load_run(finished.path, "y@1")
    assert {record.key for record in halfway.records} == {before.records[2].key, before.records[0].key}
    assert not halfway.summary.finished
    assert halfway.by("rgb@1").records == before.records
    idle = Gain()
    assert_as_alone(run(tmp_path / "out", ["rgb@1", "y@1"], idle, save_images="all"), tmp_path / "alone")
    assert idle.calls == 0
    assert len(path.read_bytes().splitlines()) == IMAGES


def test_what_cannot_be_restored_again_is_null_with_the_reason_and_nothing_measured_is_lost(tmp_path: Path):
    before = run(tmp_path, ["rgb@1"], save_images="none")
    found = run(tmp_path, ["rgb@1", "y@1"], Gain(fails_from=0), save_images="none", max_failures=99)
    assert timeless(found) == timeless(before)
    joined = found.by("y@1").records[0]
    assert (joined.status, joined.metrics) == ("ok", {"psnr": None, "ssim": None, "lpips": None})
    assert "could not be restored again: The model raised ValueError: no more" in joined.first.nulls["psnr"]
    again = run(tmp_path, ["rgb@1", "y@1"], redo="missing", save_images="none")
    assert again.by("y@1").records[0].metrics["psnr"] is not None


def test_a_second_restoration_that_differs_is_said(tmp_path: Path):
    before = run(tmp_path, ["rgb@1"], Gain(), save_images="none")
    network = Gain()
    network.factor = 0.8  # which no plan knows of, as of a network that has other results on another machine
    notes = Notes()
    found = run(tmp_path, ["rgb@1", "y@1"], network, save_images="none", progress=notes)
    assert timeless(found) == timeless(before)
    assert any("to other pixels than at first: its numbers by y@1 are of those" in said for said in found.info.findings)
    assert any("gain restored" in said for said in notes.said)


def test_only_another_protocol_is_another_plan_and_the_message_says_how_to_add_it(tmp_path: Path):
    run(tmp_path, ["rgb@1"])
    with pytest.raises(PlanMismatchError, match=r"protocol: rgb@1 -> y@1\): to measure .*, as in -p rgb@1 -p y@1; or "):
        run(tmp_path, ["y@1"])
    with pytest.raises(PlanMismatchError, match="quantiser: half-even -> truncate"):
        evaluate(
            Restorer(Gain(), CARD), make_dataset(IMAGES), protocols=["y@1", "rgb@1"], quantiser="truncate", out=tmp_path
        )
    assert read_info(tmp_path / "memory" / "gain").protocols == ("rgb@1",)


def test_a_protocol_that_is_not_asked_for_keeps_its_numbers(tmp_path: Path):
    before = run(tmp_path, ["rgb@1", "y@1"], limit=2)
    found = run(tmp_path, ["y@1"])
    assert (found.protocol, len(found.records), found.summary.finished) == ("y@1", IMAGES, True)
    assert found.by("rgb@1").records == before.records
    assert not found.by("rgb@1").summary.finished
    whole = run(tmp_path, ["rgb@1", "y@1"])
    assert_as_alone(whole, tmp_path / "alone")


def test_images_that_lack_a_metric_are_done_again_by_every_protocol_or_not_at_all(tmp_path: Path):
    run(tmp_path, ["rgb@1", "y@1"])
    with pytest.raises(UsageError, match="add -p y@1"):
        run(tmp_path, ["rgb@1"], redo="missing")


def test_one_and_several_contradict_each_other_and_none_is_there_twice(tmp_path: Path):
    restorer, dataset = Restorer(Gain(), CARD), make_dataset(1)
    with pytest.raises(UsageError, match="Both protocol and protocols"):
        evaluate(restorer, dataset, "rgb@1", protocols=["y@1"], out=tmp_path)
    with pytest.raises(UsageError, match="rgb@1 was asked for twice"):
        evaluate(restorer, dataset, protocols=["rgb@1", "rgb"], out=tmp_path)
    with pytest.raises(UnknownNameError, match="rgx"):
        evaluate(restorer, dataset, protocols=["rgb@1", "rgx@1"], out=tmp_path)


def test_a_folder_of_images_is_scored_by_several_and_later_by_more(tmp_path: Path):
    dataset = make_dataset(IMAGES)
    for pair in dataset:
        save_png(tmp_path / "mine" / f"{pair.key.replace('/', '_')}.png", pair.degraded.read())

    def scored(out: str, *protocols: str) -> Run:
        return score_images(tmp_path / "mine", dataset, protocols=protocols, name="mine", out=tmp_path / out)

    scored("out", "rgb@1", "y@1")
    found = scored("out", "rgb@1", "y@1", "skimage-float@1")
    for protocol in THREE:
        assert timeless(found.by(protocol)) == timeless(scored(protocol, protocol))
    assert all(list(record.scores) == THREE for record in read_records(found.path, read_info(found.path)))


def test_protocols_that_change_the_input_are_not_measured_with_others(tmp_path: Path) -> None:
    dataset = open_dataset("quickstart-rain")
    with pytest.raises(UsageError, match=r"rgb@1 and promptir@1 give the network different inputs .* two output"):
        evaluate("identity", dataset, protocols=["rgb@1", "promptir@1"], out=tmp_path)
    alike = ["promptir@1", "moceir@1"]
    run = evaluate("identity", dataset, protocols=alike, out=tmp_path, control=Control(limit=1))
    assert list(read_info(run.path).protocols) == alike
