from __future__ import annotations

from pathlib import Path

import pytest
from helpers.commands import write_inputs
from helpers.recording_tracker import RecordingTracker
from restorebench.bench.cli import main
from restorebench.bench.errors import TrainingError
from restorebench.bench.training.recipe import read_recipe
from restorebench.bench.training.trainer import train
from restorebench.reports.trackers.sent import Sent
from restorebench.reports.trackers.trainings import TrackedTraining, tracked_training


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Four iterations, each logged, with a validation after two and four."""
    return write_inputs(tmp_path).root / "validated.toml"


def trained(recipe: Path, out: Path, *trackers: RecordingTracker) -> list[str]:
    said: list[str] = []
    with tracked_training(out, trackers, said.append) as send:
        train(read_recipe(str(recipe)), out, watch=send)
    return said


def test_rows_validations_and_pictures_arrive_once_each(recipe: Path, tmp_path: Path):
    tracker, out = RecordingTracker(), tmp_path / "out"
    assert trained(recipe, out, tracker) == ["Tracked: here"]
    losses = [step for step, row in tracker.rows if "training/loss" in row]
    scores = [step for step, row in tracker.rows if "validation/psnr" in row]
    assert (losses, scores) == ([1, 2, 3, 4], [2, 4])
    assert [(step, name) for step, name, _ in tracker.pictures] == [(2, "restored/0"), (4, "restored/0")]
    assert all(path.is_file() for _, _, path in tracker.pictures)
    (run, after), *others = tracker.begun
    assert (run.kind, run.steps, after, others) == ("training", "iteration", -1, [])
    assert run.settings["iterations"] == 4
    assert tracker.ended == [True]


def test_a_finished_training_that_is_tracked_later_is_sent_whole_and_only_once(recipe: Path, tmp_path: Path):
    tracker, out = RecordingTracker(), tmp_path / "out"
    trained(recipe, out)
    trained(recipe, out, tracker)
    rows = len(tracker.rows)
    assert rows == 6
    assert trained(recipe, out, tracker) == []
    assert len(tracker.rows) == rows


def test_a_lost_connection_does_not_stop_the_training_and_the_rest_is_sent_to_the_same_run(
    recipe: Path, tmp_path: Path
):
    tracker, out = RecordingTracker(takes=1), tmp_path / "out"
    said = trained(recipe, out, tracker)
    assert (out / "weights.safetensors").is_file()
    assert "recording takes nothing more (no route to host)" in said[0]
    assert [step for step, _ in tracker.rows] == [1]
    again = RecordingTracker()
    assert trained(recipe, out, again) == ["Tracked: here"]
    assert [step for step, row in again.rows if "training/loss" in row] == [2, 3, 4]
    assert again.begun[0][0].id == tracker.begun[0][0].id
    assert again.begun[0][1] == 1


def test_a_training_that_fails_ends_its_run_as_incomplete(recipe: Path, tmp_path: Path):
    tracker, out = RecordingTracker(), tmp_path / "out"
    trained(recipe, out)
    with pytest.raises(TrainingError), tracked_training(out, [tracker], lambda _: None):
        raise TrainingError("the loss is NaN")
    assert tracker.ended == [False]


def test_a_failed_tracker_is_not_asked_again_before_the_end(recipe: Path, tmp_path: Path):
    tracker, out, said = RecordingTracker(takes=0), tmp_path / "out", list[str]()
    trained(recipe, out)
    training = TrackedTraining(tracker, said.append)
    training.send(out)
    training.send(out)
    assert (len(tracker.begun), len(said)) == (1, 1)
    tracker.takes = 100
    assert training.end(out, complete=True)
    assert Sent(out).last("recording", tracker.begun[0][0].id, "log") == 4


def test_the_commands_refuse_what_they_cannot_track_before_they_work(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    for words in (["train", str(recipe)], ["run", "-m", "identity", "-d", "quickstart-rain"]):
        assert main([*words, "--out", str(out), "--track", "mlfow"]) == 2
        assert "Unknown tracker 'mlfow': did you mean mlflow?" in capsys.readouterr().err
    assert not out.exists()
