from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.restored_images import write_pairs
from PIL import Image
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import PairingError, RunFolderError, UsageError
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate, score_images
from restorebench.bench.explanation import measuring
from restorebench.bench.explanation.claims import parse_claims
from restorebench.bench.explanation.explain import explain, explain_stored
from restorebench.bench.explanation.material import recorded_values
from restorebench.bench.explanation.measurements import WAYS_FILE
from restorebench.bench.explanation.search import Explanation
from restorebench.bench.runs.run import Run, load_run
from restorebench.reports.submission import check_archive, pack_run

COUNT = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pairs, and a run that scored them by y@1 and kept every image."""
    place = tmp_path_factory.mktemp("explain")
    data, restored = write_pairs(place, COUNT, 48, 56)
    score_images(
        restored,
        open_dataset("paired", data),
        "y@1",
        name="mine",
        out=place / "out",
        control=Control(save_images="all"),
    )
    return place


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Run:
    """A copy of the run with its images, which a test may change."""
    shutil.copytree(made / "out", tmp_path / "out")
    return load_run(tmp_path / "out" / "paired" / "mine")


def claimed(run: Run, digits: int = 4) -> list[str]:
    means = run.summary.metrics
    return [f"{name}={means[name].mean:.{digits}f}" for name in ("psnr", "ssim")]


def named(explanation: Explanation) -> set[str]:
    return {name for answer in explanation.answers for name in answer.protocols}


def test_a_folder_and_the_run_of_it_have_the_same_explanation(made: Path, run: Run):
    of_run = explain(run, claimed(run))
    of_folder = explain(made / "restored", claimed(run), open_dataset("paired", made / "data"))
    assert of_run.verdict == of_folder.verdict == "explained"
    assert {"y@1", "basicsr-y@1"} <= named(of_run)
    assert named(of_run) == named(of_folder)
    assert of_folder.answers[0].values == pytest.approx(of_run.answers[0].values, abs=1e-6)


def test_a_run_keeps_its_measurements_and_measures_nothing_twice(run: Run, monkeypatch: pytest.MonkeyPatch):
    before = explain(run, claimed(run))
    monkeypatch.setattr(measuring, "_measure_image", lambda *_: pytest.fail("measured again"))
    assert named(explain(run, claimed(run))) == named(before)
    stored = explain_stored(run, parse_claims(claimed(run)))
    assert (stored.verdict, named(stored)) == ("explained", named(before))


def test_the_records_alone_explain_what_they_hold(run: Run):
    stored = explain_stored(run, parse_claims(claimed(run)))
    assert stored.answers[0].protocols == ("y@1",)
    assert stored.tried < 5
    assert explain_stored(run, parse_claims(["psnr=11.11"])).verdict == "unexplained"


def test_a_torn_or_damaged_line_is_measured_again(run: Run):
    whole = explain(run, claimed(run))
    path = run.path / WAYS_FILE
    lines = path.read_text(encoding="utf-8").splitlines()
    damaged = [*lines[:2], lines[2][:-9], *lines[3:-1], lines[-1][:40]]
    path.write_text("\n".join(damaged), encoding="utf-8")
    again = explain(run, claimed(run))
    assert again.answers[0].values == pytest.approx(whole.answers[0].values, abs=1e-7)  # the file keeps 8 digits
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(lines)


def test_measurements_of_other_images_or_other_columns_do_not_count(run: Run):
    explain(run, claimed(run))
    path = run.path / WAYS_FILE
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    entry = json.loads(lines[0])
    entry[3] = "0" * 16  # another restored image
    path.write_text("\n".join([header, json.dumps(entry), *lines[1:], ""]), encoding="utf-8")
    assert explain_stored(run, parse_claims(claimed(run))).answers[0].protocols == ("y@1",)  # from the records
    columns = json.loads(header)
    columns["columns"]["ssim"] = columns["columns"]["ssim"][::-1]
    path.write_text("\n".join([json.dumps(columns), *lines, ""]), encoding="utf-8")
    assert "basicsr-y@1" in named(explain(run, claimed(run)))


def test_the_images_that_a_limited_run_lacks_are_named(made: Path, run: Run, tmp_path: Path):
    assert not any("The other" in sentence for sentence in explain(run, ["psnr=99.00"]).untried)
    limited = score_images(
        made / "restored",
        open_dataset("paired", made / "data"),
        "y@1",
        name="limited",
        out=tmp_path,
        control=Control(save_images="all", limit=2),
    )
    (first, *_) = explain(limited, ["psnr=99.00"]).untried
    assert first == f"The other 1 of {COUNT} images: run the same command without --limit to measure all."


def test_what_cannot_be_measured_gets_a_sentence(made: Path, run: Run):
    with pytest.raises(UsageError, match="name the data set"):
        explain(made / "restored", ["psnr=28.00"])
    next((made / "restored").glob("*.png")).rename(made / "restored" / "stranger.png")
    with pytest.raises(PairingError, match="--partial"):
        explain(made / "restored", ["psnr=28.00"], open_dataset("paired", made / "data"))
    (made / "restored" / "stranger.png").rename(made / "restored" / "000.png")
    (run.path.parent / "images" / "target" / "001.png").unlink()
    with pytest.raises(RunFolderError, match="has no target of 001"):
        explain(run, ["psnr=28.00"])
    (run.restored_folder / "002.png").unlink()
    with pytest.raises(RunFolderError, match="kept 2 of 3 restored images"):
        explain(run, ["psnr=28.00"])


def test_aligned_protocols_are_tried_on_request(made: Path):
    pytest.importorskip("cv2")
    data = open_dataset("paired", made / "data")
    aligned = score_images(made / "restored", data, "realblur@1", name="a", out=made / "aligned")
    asked = claimed(aligned)
    assert explain(made / "restored", asked, data).answers == ()
    found = explain(made / "restored", asked, data, aligned=True)
    assert (found.verdict, "realblur@1" in named(found)) == ("explained", True)


def test_a_run_is_explained_again_without_its_images(run: Run):
    pytest.importorskip("cv2")
    before = explain(run, claimed(run))
    shutil.rmtree(run.restored_folder)
    assert named(explain(run, claimed(run))) == named(before)
    with pytest.raises(RunFolderError, match="kept 0 of 3 restored images"):
        explain(run, claimed(run), aligned=True)


@pytest.mark.parametrize(
    "line",
    [
        '["000","pixels",0,"",[]]',
        "[]",
        "{}",
        "7",
        "[" * 5000,
        '["000","pixels",1e999,"",[]]',
        '["000","nothing",9,"",[1]]',
    ],
    ids=["no pixels", "empty", "object", "number", "deep", "infinite", "unknown ruler"],
)
def test_a_line_of_another_hand_does_not_count_and_ends_nothing(line: str, run: Run):
    explain(run, claimed(run))
    path = run.path / WAYS_FILE
    path.write_bytes(path.read_bytes() + line.encode() + b"\n\xff\xfe\n")
    assert explain(run, claimed(run)).verdict == "explained"


def test_a_mean_squared_error_that_none_can_be_is_no_way(run: Run):
    explain(run, claimed(run))
    path = run.path / WAYS_FILE
    header, first, *lines = path.read_text(encoding="utf-8").splitlines()
    entry = json.loads(first)
    entry[4] = [-1.0 if index % 2 else "inf" for index in range(len(entry[4]))]
    path.write_text("\n".join([header, json.dumps(entry), *lines, ""]), encoding="utf-8")
    assert explain_stored(run, parse_claims(claimed(run))).answers[0].protocols == ("y@1",)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ((slice(None, 48), slice(None, 56)), "top left corner"),
        ((slice(3, 51), slice(2, 58)), "centre"),
        ((slice(6, None), slice(5, None)), "bottom right corner"),
    ],
    ids=["top left", "centre", "bottom right"],
)
def test_images_of_a_cropped_copy_are_compared_where_they_lie(part: tuple[slice, slice], words: str, tmp_path: Path):
    data, restored = write_pairs(tmp_path / "whole", COUNT, 54, 61)
    for file in restored.iterdir():
        Image.fromarray(np.asarray(Image.open(file))[part]).save(file)
    shutil.copytree(data, tmp_path / "cropped")
    for file in (*tmp_path.glob("cropped/*/*.png"),):
        Image.fromarray(np.asarray(Image.open(file))[part]).save(file)
    theirs = score_images(restored, open_dataset("paired", tmp_path / "cropped"), "y@1", name="a", out=tmp_path / "out")
    found = explain(restored, claimed(theirs), open_dataset("paired", data))
    assert (found.verdict, found.tier) == ("explained", 0)
    assert "y@1" in found.answers[0].protocols
    assert found.answers[0].words.endswith(f"sizes differ, and the larger image is cut to its {words}")


def test_images_of_the_size_of_their_targets_are_compared_in_one_way(made: Path, run: Run):
    found = explain(made / "restored", claimed(run), open_dataset("paired", made / "data"))
    assert not any("sizes differ" in way.words for way in (*found.answers, *found.nearest))


def test_every_protocol_of_a_run_is_read_and_one_that_joins_costs_no_measurement(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = open_dataset("paired", made / "data")

    def measured(*protocols: str) -> Run:
        control = Control(save_images="all")
        return evaluate("identity", data, protocols=protocols, out=tmp_path / "out", control=control)

    alone = measured("rgb@1")
    before = explain(alone, claimed(alone))
    joined = measured("rgb@1", "y-full-range@1", "skimage-float@1")
    assert set(recorded_values(joined)) == {"rgb@1", "y-full-range@1", "skimage-float@1"}
    monkeypatch.setattr(measuring, "_measure_image", lambda *_: pytest.fail("measured again"))
    for protocol in joined.protocols:
        read = joined.by(protocol)
        assert protocol in named(explain(read, claimed(read)))
        assert protocol in named(explain_stored(read, parse_claims(claimed(read))))
    assert named(explain(joined, claimed(alone))) >= named(before)


def test_a_run_of_several_protocols_out_of_an_archive_is_explained_from_its_records(made: Path, tmp_path: Path):
    data = open_dataset("paired", made / "data")
    run = score_images(made / "restored", data, protocols=["y@1", "rgb@1"], name="mine", out=tmp_path / "out")
    archived = check_archive(pack_run(run, tmp_path / "mine.zip"))
    for protocol in archived.protocols:
        read = archived.by(protocol)
        assert named(explain_stored(read, parse_claims(claimed(read)))) == {protocol}


def test_measurements_against_another_copy_are_neither_taken_nor_kept(made: Path, run: Run, tmp_path: Path):
    before = explain(run, claimed(run))
    shutil.copytree(made / "data", tmp_path / "other")
    for file in (tmp_path / "other" / "target").iterdir():
        Image.fromarray(255 - np.asarray(Image.open(file))).save(file)
    kept = (run.path / WAYS_FILE).read_bytes()
    assert explain(run, claimed(run), open_dataset("paired", tmp_path / "other")).nearest[0].values[0] < 20
    assert (run.path / WAYS_FILE).read_bytes() == kept
    assert named(explain(run, claimed(run))) == named(before)
