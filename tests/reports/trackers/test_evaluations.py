from __future__ import annotations

import math
from pathlib import Path

import pytest
from helpers.recording_tracker import RecordingTracker
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.errors import RunFolderError
from restorebench.bench.runs.run import Run, load_run
from restorebench.reports.trackers.evaluations import track_runs, tracked_run

PSNR = (30.0, 20.0, math.inf, 25.0)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    fake = FakeRun(images=4, found=4, psnr=PSNR, failed=0, metrics=("psnr", "ssim", "lpips"))
    return load_run(write_run(tmp_path, fake, pictures=[1]))


def test_every_image_is_a_step_and_what_is_missing_or_infinite_is_no_point(run: Run, tmp_path: Path):
    tracker, said = RecordingTracker(), list[str]()
    assert track_runs([run], tmp_path, [tracker], said.append)
    assert [step for step, _ in tracker.rows] == [0, 1, 2, 3]
    assert [row.get("psnr") for _, row in tracker.rows] == [30.0, 20.0, None, 25.0]
    assert all("lpips" not in row and row["seconds"] == 0.25 for _, row in tracker.rows)
    assert [(step, name) for step, name, _ in tracker.pictures] == [(1, f"restored/{run.records[1].key}")]
    assert said == ["Tracked: here"]


def test_the_summary_has_means_with_intervals_and_says_how_many_values_are_infinite(run: Run, tmp_path: Path):
    tracker = RecordingTracker()
    track_runs([run], tmp_path, [tracker], lambda _: None)
    (summary,) = tracker.summaries
    ssim = run.summary.metrics["ssim"]
    assert (summary["ssim_mean"], summary.get("ssim_low")) == (ssim.mean, ssim.low)
    assert summary["psnr_infinite"] == 1
    assert "psnr_mean" not in summary
    assert "lpips_mean" not in summary
    assert tracker.ended == [True]


def test_a_repeated_command_sends_nothing_twice_and_new_records_are_a_new_run(tmp_path: Path):
    tracker = RecordingTracker()
    first = load_run(write_run(tmp_path / "a", FakeRun(images=3, selected=4)))
    track_runs([first], tmp_path, [tracker], lambda _: None)
    track_runs([first], tmp_path, [tracker], lambda _: None)
    assert len(tracker.begun) == 1
    more = load_run(write_run(tmp_path / "b", FakeRun(images=4)))
    track_runs([first, more], tmp_path, [tracker], lambda _: None)
    assert [run.settings["images"] for run, _ in tracker.begun] == [3, 4]
    assert len({run.id for run, _ in tracker.begun}) == 2
    assert tracker.ended == [False, True]  # the first lacks an image


def test_two_trackers_are_noted_apart_and_one_that_fails_does_not_stop_the_other(run: Run, tmp_path: Path):
    lost, well, said = RecordingTracker("lost", takes=2), RecordingTracker("well"), list[str]()
    assert not track_runs([run], tmp_path, [lost, well], said.append)
    assert len(well.rows) == 4
    assert "lost did not take prenet on rain100h, rain100h@1 (no route to host)" in said[0]
    lost.takes = 100
    lost.rows.clear()
    assert track_runs([run], tmp_path, [lost, well], said.append)
    assert (len(lost.rows), len(well.begun)) == (4, 1)
    assert lost.begun[0][0].id == lost.begun[1][0].id


def test_settings_say_how_the_numbers_were_made(run: Run):
    settings = tracked_run(run).settings
    assert settings["protocol"] == "rain100h@1"
    assert settings["weights_sha256"] == "a" * 64
    assert settings["package.torch"] == "2.6.0"
    assert "variant" not in settings  # it has none


def test_a_damaged_note_of_what_was_sent_is_refused_with_what_to_do(run: Run, tmp_path: Path):
    (tmp_path / "tracked.json").write_text('{"trackers": {"recording": 3}}')
    with pytest.raises(RunFolderError, match=r"tracked.json is damaged .* delete it"):
        track_runs([run], tmp_path, [RecordingTracker()], lambda _: None)
