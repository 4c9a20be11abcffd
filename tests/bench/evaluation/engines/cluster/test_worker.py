"""The worker without Ray: what it sees, what is sent to it, what it refuses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import make_dataset, photograph
from restorebench.bench.contracts import ImagePair, InferenceSettings, Observation
from restorebench.bench.errors import UsageError
from restorebench.bench.evaluation.engines.cluster.handshake import differences, say_hello
from restorebench.bench.evaluation.engines.cluster.transfer import (
    Claim,
    Listing,
    SentImage,
    Survey,
    absolute_pair,
    look,
    pack,
    send_pair,
    unpack,
)
from restorebench.bench.evaluation.engines.cluster.worker import (
    CellTask,
    MetricTask,
    ModelTask,
    Ready,
    Refused,
    Scored,
    Worker,
)
from restorebench.bench.evaluation.engines.options import ClusterOptions, parse_shard
from restorebench.bench.evaluation.sources import ModelSource
from restorebench.bench.files.images import FileImage, encode_png
from restorebench.bench.models.checkpoints import sha256_file
from restorebench.bench.registry.specs import Spec
from restorebench.datasets.layouts.lmdb_images import LmdbImage

MODEL = """
from torch import nn

def build(): return nn.Conv2d(3, 3, 1, bias=False)
"""


@pytest.fixture
def files(tmp_path: Path) -> list[ImagePair]:
    pairs: list[ImagePair] = []
    for number in range(3):
        paths = [tmp_path / f"{kind}{number}.png" for kind in ("degraded", "target")]
        for path in paths:
            path.write_bytes(encode_png(photograph(number)))
        pairs.append(ImagePair(str(number), FileImage(paths[0]), FileImage(paths[1])))
    return pairs


@pytest.fixture
def model(tmp_path: Path) -> ModelTask:
    """A user's model with weights of its own, in files."""
    import torch
    from safetensors.torch import save_file

    code, weights = tmp_path / "mine.py", tmp_path / "mine.safetensors"
    code.write_text(MODEL)
    save_file({"weight": torch.eye(3)[:, :, None, None]}, str(weights))
    claim = Claim(weights, sha256_file(weights))
    return ModelTask(
        0, Spec(f"{code}:build", weights), InferenceSettings(), claim.sha256, claim, Claim(code, sha256_file(code))
    )


def cell(save: str = "none") -> CellTask:
    return CellTask(0, (("rgb@1", "half-even"),), save, (("rgb@1", "lpips"),))  # pyright: ignore[reportArgumentType]


def test_it_sees_equal_files_and_pairs_only(files: list[ImagePair], model: ModelTask):
    assert model.weights is not None
    survey = Survey((model.weights, replace(model.weights, sha256="0" * 64)), {"all": Listing.of(files)})
    assert look(survey).claims == {model.weights}
    assert look(survey).listings == {"all"}
    assert isinstance(files[1].target, FileImage)
    files[1].target.path.write_bytes(b"another size")
    assert look(survey).listings == frozenset()


def test_images_that_are_damaged_or_gone_everywhere_are_seen_like_the_others(files: list[ImagePair]):
    assert isinstance(files[0].degraded, FileImage)
    assert isinstance(files[1].degraded, FileImage)
    files[0].degraded.path.write_bytes(b"damaged")
    files[1].degraded.path.unlink()
    listing = Listing.of(files)
    assert listing.sample == files[2]
    assert look(Survey((), {"all": listing})).listings == {"all"}
    assert isinstance(files[2].degraded, FileImage)
    size = files[2].degraded.size_bytes
    files[2].degraded.path.write_bytes(b"?" * size)
    assert look(Survey((), {"all": listing})).listings == frozenset()


def test_it_does_not_see_what_is_gone(files: list[ImagePair], model: ModelTask, tmp_path: Path):
    assert model.weights is not None
    survey = Survey((model.weights,), {"all": Listing.of(files)})
    shutil.rmtree(tmp_path)
    assert look(survey) == look(Survey((), {}))


def test_sent_pairs_are_the_same_pixels(files: list[ImagePair], tmp_path: Path):
    sent = [send_pair(pair) for pair in [*files, *make_dataset(2)]]
    expected = [pair.degraded.read() for pair in [*files, *make_dataset(2)]]
    shutil.rmtree(tmp_path)
    assert all(isinstance(pair.degraded, SentImage) for pair in sent)
    assert all(np.array_equal(pair.degraded.read(), pixels) for pair, pixels in zip(sent, expected, strict=True))
    assert [pair.key for pair in sent[:3]] == [pair.key for pair in files]


def test_an_image_that_cannot_be_read_is_not_sent_but_fails_where_it_is_read(files: list[ImagePair]):
    assert isinstance(files[0].degraded, FileImage)
    files[0].degraded.path.unlink()
    assert send_pair(files[0]).degraded == files[0].degraded


def test_relative_paths_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    source = FileImage(Path("a.png"))
    assert absolute_pair(ImagePair("a", source, source)).target == FileImage(tmp_path / "a.png")
    entry = LmdbImage(Path("a.lmdb"), "a", 5)
    assert absolute_pair(ImagePair("a", entry, source)).degraded == LmdbImage(tmp_path / "a.lmdb", "a", 5)


def test_parcels_are_the_same_files_elsewhere(tmp_path: Path):
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"a")
    (folder / "b.bin").write_bytes(b"b")
    there = unpack(pack(folder), tmp_path / "there")
    assert sha256_file(there) == sha256_file(folder)
    assert unpack(pack(folder / "a.bin"), tmp_path / "again").read_bytes() == b"a"


def test_it_restores_and_scores_what_it_sees(files: list[ImagePair], model: ModelTask):
    worker = Worker(1)
    assert worker.load(model) == Ready()
    ready, *answers = worker.run(cell("all"), files)
    assert ready == Ready()
    assert [answer.record.key for answer in answers if isinstance(answer, Scored)] == ["0", "1", "2"]
    assert all(isinstance(answer, Scored) and answer.picture for answer in answers)
    assert all(isinstance(answer, Scored) and answer.record.metrics["psnr"] == float("inf") for answer in answers)


def test_it_works_from_parcels_alone(files: list[ImagePair], model: ModelTask, tmp_path: Path):
    assert model.weights is not None
    assert model.code is not None
    weights, code, sent = pack(model.weights.path), pack(model.code.path), [send_pair(pair) for pair in files]
    shutil.rmtree(tmp_path)
    worker = Worker(1)
    assert isinstance(worker.load(model), Refused)
    assert worker.load(model, weights, code) == Ready()
    assert [answer.record.status for answer in worker.run(cell(), sent) if isinstance(answer, Scored)] == ["ok"] * 3


METRIC = """
from restorebench.bench import Metric

LARGEST = Metric(name="largest", title="Largest", higher_is_better=False, compute=lambda x, y: float(abs(x - y).max()))
"""


@pytest.fixture
def measured(model: ModelTask, tmp_path: Path) -> ModelTask:
    """The model with a metric in a file of the same name as its own, elsewhere."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    file = folder / "mine.py"
    file.write_text(METRIC)
    return replace(model, metrics=(MetricTask(f"{file}:LARGEST", Claim(file, sha256_file(file))), MetricTask("psnr")))


def test_it_measures_what_was_added_to_the_protocol(files: list[ImagePair], measured: ModelTask):
    worker = Worker(1)
    assert worker.load(measured) == Ready()
    records = [answer.record for answer in worker.run(cell(), files) if isinstance(answer, Scored)]
    assert [record.metrics["largest"] for record in records] == [0.0] * 3


def test_a_metric_works_from_a_parcel_too(files: list[ImagePair], measured: ModelTask, tmp_path: Path):
    parcels = [None if claim is None else pack(claim.path) for claim in measured.claims]
    assert [parcel is None for parcel in parcels] == [False, False, False, True]
    sent = [send_pair(pair) for pair in files]
    shutil.rmtree(tmp_path)
    worker = Worker(1)
    assert isinstance(worker.load(measured), Refused)
    assert worker.load(measured, *parcels) == Ready()
    records = [answer.record for answer in worker.run(cell(), sent) if isinstance(answer, Scored)]
    assert [record.metrics["largest"] for record in records] == [0.0] * 3


def test_it_refuses_a_metric_that_was_changed_after_the_run_was_started(measured: ModelTask):
    claim = measured.metrics[0].code
    assert claim is not None
    claim.path.write_text(f"{METRIC}\n")
    answer = Worker(1).load(measured)
    assert isinstance(answer, Refused)
    assert "mine.py was changed" in answer.reason


def test_it_refuses_other_weights_than_those_of_the_plan(model: ModelTask):
    answer = Worker(1).load(replace(model, weights_sha256="0" * 64))
    assert isinstance(answer, Refused)
    assert "other weights" in answer.reason


def test_it_refuses_code_that_was_changed_after_the_run_was_started(model: ModelTask):
    assert model.code is not None
    model.code.path.write_text(f"{MODEL}\n")
    answer = Worker(1).load(model)
    assert isinstance(answer, Refused)
    assert "mine.py was changed" in answer.reason


@pytest.mark.parametrize("save", ["none", "worst"])
def test_it_observes_images_whose_picture_may_be_kept(
    files: list[ImagePair], model: ModelTask, save: str, monkeypatch: pytest.MonkeyPatch
):
    seen = Observation("fields", ".npz", b"anything")
    monkeypatch.setattr(ModelSource, "observe", lambda *_: (seen,))
    worker = Worker(1)
    worker.load(model)
    answers = [answer for answer in worker.run(cell(save), files) if isinstance(answer, Scored)]
    assert [answer.observations for answer in answers] == [() if save == "none" else (seen,)] * 3


def test_it_refuses_to_score_without_a_metric_that_the_driver_has(
    files: list[ImagePair], model: ModelTask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("RESTOREBENCH_CACHE", str(tmp_path / "empty"))
    worker = Worker(1)
    worker.load(model)
    (answer,) = worker.run(replace(cell(), unavailable=()), files)
    assert isinstance(answer, Refused)
    assert "LPIPS" in answer.reason


def test_equal_programs_do_not_differ_and_others_are_named():
    here = say_hello(None)
    assert differences(here, say_hello(None)) == []
    packages = {**here.environment.packages, "torch": "1.0"}
    other = replace(here, environment=replace(here.environment, packages=packages))
    assert differences(here, other) == [f"torch 1.0 instead of {here.environment.packages['torch']}"]
    assert differences(here, replace(here, code_sha256="x")) == ["another state of restorebench's source"]


@pytest.mark.parametrize("text", ["", "0/2", "3/2", "a/b", "1", "1/2/3", "-1/2"])
def test_shards_that_make_no_sense(text: str):
    with pytest.raises(UsageError, match="i/n"):
        parse_shard(text)


@pytest.mark.parametrize(
    "options",
    [
        ClusterOptions(actors=0),
        ClusterOptions(cpus_per_worker=-1),
        ClusterOptions(gpus_per_worker=1.5),
        ClusterOptions(image_timeout=0),
    ],
)
def test_cluster_options_that_make_no_sense(options: ClusterOptions):
    with pytest.raises(UsageError, match="--"):
        options.check()
