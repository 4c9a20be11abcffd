"""The adapters with the real libraries, without a network: what was sent is read back from what they wrote."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from restorebench.bench.files.images import save_png
from restorebench.reports.trackers.tracker import TrackedRun, Tracker

RUN = TrackedRun("0123456789abcdef", "mine on gopro, gopro@1", "evaluation", "image", {"model": "mine", "images": 2})


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    save_png(tmp_path / "picture.png", np.full((4, 6, 3), 200, dtype=np.uint8))
    return tmp_path / "picture.png"


def send(tracker: Tracker, picture: Path) -> str:
    """Two steps, then a third in a second session of the same run."""
    tracker.begin(RUN, after=-1)
    tracker.log(0, {"psnr": 30.0, "ssim": 0.9})
    tracker.log(1, {"psnr": 32.0})
    tracker.picture(1, "restored/a", picture)
    tracker.summarise({"psnr_mean": 31.0})
    tracker.end(complete=False)
    tracker.begin(RUN, after=1)
    tracker.log(2, {"psnr": 33.0})
    return tracker.end(complete=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library's own imports
def test_tensorboard_shows_the_curve_the_picture_and_the_settings(tmp_path: Path, picture: Path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from restorebench.reports.trackers.tensorboard_events import TensorBoard

    logs = tmp_path / "my logs"
    where = send(TensorBoard(logs), picture)
    assert shlex.split(where) == ["tensorboard", "--logdir", str(logs)]
    (folder,) = (logs / "evaluation").iterdir()
    read = events.EventAccumulator(str(folder))
    read.Reload()
    assert [(event.step, event.value) for event in read.Scalars("psnr")] == [(0, 30.0), (1, 32.0), (2, 33.0)]
    assert [event.value for event in read.Scalars("summary/psnr_mean")] == [31.0]
    (image,) = read.Images("restored/a")
    assert (image.step, image.width, image.height) == (1, 6, 4)
    (text,) = read.Tensors("settings/text_summary")
    assert b"| model | mine |" in text.tensor_proto.string_val[0]


@pytest.mark.filterwarnings("ignore")  # of the library's own imports
def test_mlflow_continues_the_run_of_the_same_id(tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch):
    mlflow = pytest.importorskip("mlflow")
    from restorebench.reports.trackers.mlflow_server import MLflow

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # the store that needs neither a server nor a database
    uri = (tmp_path / "mlruns").as_uri()
    assert send(MLflow(uri), picture) == f"MLflow, experiment restorebench at {uri}"
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("restorebench").experiment_id
    (run,) = client.search_runs([experiment])
    assert (run.info.run_name, run.info.status) == (RUN.name, "FINISHED")
    assert run.data.params == {"model": "mine", "images": "2"}
    points = [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "psnr")]
    assert sorted(points) == [(0, 30.0), (1, 32.0), (2, 33.0)]
    assert run.data.metrics["summary/psnr_mean"] == 31.0
    (artifact,) = client.list_artifacts(run.info.run_id, "restored/a/00000001")
    assert artifact.path.endswith("picture.png")


@pytest.mark.filterwarnings("ignore")  # as above
def test_mlflow_that_does_not_take_a_run_fails_as_it_says_it_does(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("mlflow")
    from restorebench.reports.trackers.mlflow_server import MLflow

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    tracker = MLflow("http://127.0.0.1:9")  # the port of "discard", where nothing listens
    with pytest.raises(tracker.failures):
        tracker.begin(RUN, after=-1)


WANDB = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from reports.trackers.test_adapters import send
from restorebench.reports.trackers.weights_and_biases import WeightsAndBiases
print(send(WeightsAndBiases("lab/deblurring"), Path(sys.argv[2])))
"""


def test_weights_and_biases_keeps_an_offline_run_to_sync(tmp_path: Path, picture: Path):
    pytest.importorskip("wandb")
    environment = {**os.environ, "WANDB_MODE": "offline", "WANDB_DIR": str(tmp_path)}
    done = subprocess.run(  # noqa: S603 -- our own code, in a process of its own: the library starts a service
        [sys.executable, "-c", WANDB, str(Path(__file__).parents[2]), str(picture)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    program, command, *parts = shlex.split(done.stdout)
    assert (program, command) == ("wandb", "sync")
    folder = tmp_path / parts[-1]
    assert sorted(tmp_path / part for part in parts) == sorted(folder.parent.glob("offline-run-*"))
    assert len(parts) == 2, "what was sent before the interruption has to be uploaded, too"
    assert done.stderr == ""
    records = [
        record for path in sorted(folder.parent.glob("offline-run-*/*.wandb")) for record in offline_records(path)
    ]
    (first, _) = (record.run for record in records if record.HasField("run"))
    assert (first.run_id, first.entity, first.project) == (RUN.id, "lab", "deblurring")
    assert (first.display_name, first.job_type) == (RUN.name, "evaluation")
    rows = [
        {item.nested_key[0]: item.value_json for item in record.history.item}
        for record in records
        if record.HasField("history")
    ]
    assert [(row["image"], row["psnr"]) for row in rows if "psnr" in row] == [("0", "30"), ("1", "32"), ("2", "33")]
    assert any("restored/a" in row for row in rows)
    updates = [update for record in records if record.HasField("summary") for update in record.summary.update]
    means = [update.value_json for update in updates if "psnr_mean" in (update.key, *update.nested_key)]
    assert "31.0" in means
    assert [record.exit.exit_code for record in records if record.HasField("exit")] == [1, 0]


def offline_records(path: Path) -> list[Any]:
    """The protobuf records of a small offline run: a head of 7 bytes, then checksum, length, kind and record each."""
    messages = pytest.importorskip("wandb.proto.wandb_internal_pb2")
    content, place, records = path.read_bytes(), 7, list[Any]()
    while place + 7 <= len(content):
        size = int.from_bytes(content[place + 4 : place + 6], "little")
        records.append(messages.Record.FromString(content[place + 7 : place + 7 + size]))
        place += 7 + size
    return records
