"""The worker process: holds one loaded model and turns pairs into records."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ....contracts import ImagePair, InferenceSettings, Observation, QuantiserName
from ....errors import RestorebenchError
from ....machine.gpu_locks import gpu_name, share
from ....machine.tuning import tune_process
from ....metrics.metric import Metric
from ....metrics.registry import open_metric
from ....protocols.joint import AppliedProtocol, JointScorer
from ....protocols.protocol import get_protocol
from ....registry.specs import Spec
from ....runs.pictures import PictureSifter, Ranking, SaveImages, first_value
from ....runs.records import ScoreRecord
from ....terminal.progress import Silent
from ...remarks import Remarks
from ...scoring import records_of
from ...sources import ModelSource
from .handshake import Hello, say_hello
from .transfer import Claim, Parcel, Seen, Survey, look, unpack

__all__ = ["CellTask", "MetricTask", "ModelTask", "Ready", "Refused", "Scored", "Worker", "images_in_flight"]


@dataclass(frozen=True, slots=True)
class MetricTask:
    """A metric that is measured besides those of the protocols."""

    name: str
    """Registered, or `/absolute/mine.py:MAE`."""

    code: Claim | None = None
    """The user's file."""


@dataclass(frozen=True, slots=True)
class ModelTask:
    """A model to load, with its inference settings."""

    number: int
    spec: Spec
    """Its paths are absolute."""

    settings: InferenceSettings
    weights_sha256: str
    weights: Claim | None = None
    code: Claim | None = None
    """The user's model file."""

    metrics: tuple[MetricTask, ...] = ()
    """Measured on its images besides those of the protocols."""

    @property
    def claims(self) -> tuple[Claim | None, ...]:
        """The files that it needs: weights, code, and the code of each metric."""
        return self.weights, self.code, *(metric.code for metric in self.metrics)


@dataclass(frozen=True, slots=True)
class CellTask:
    """The scoring of a cell's restored images."""

    number: int
    protocols: tuple[tuple[str, QuantiserName], ...]
    """By which every image is scored, each with the rounding in force."""

    save_images: SaveImages
    unavailable: tuple[tuple[str, str], ...]
    """Protocols and their metrics that the driver cannot compute either."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded, or what scores its images is."""


@dataclass(frozen=True, slots=True)
class Refused:
    """This worker cannot do it; why, in one sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Scored:
    """One record, and the picture that goes with it if it could be one to keep."""

    record: ScoreRecord
    picture: bytes | None
    """A PNG file."""

    observations: tuple[Observation, ...] = ()
    """Of an image that a report could show, where the model can be observed."""

    remarks: Remarks | None = None
    """What is to be said of the restoration."""


def images_in_flight(threads: int) -> int:
    """Images that a worker has begun and not reported, at most: read ahead, with the model, and being scored."""
    return 2 * threads + 2


class Worker:
    """An actor. Its methods are called one after the other.

    Args:
        threads: of torch, of decoding, and of scoring.
    """

    def __init__(self, threads: int) -> None:
        tune_process()
        import torch

        torch.set_num_threads(threads)
        self._threads = threads
        self._held = contextlib.ExitStack()
        self._source: ModelSource | None = None
        self._metrics: tuple[Metric, ...] = ()
        self._scorers: dict[int, JointScorer] = {}
        self._sifters: dict[int, PictureSifter] = {}
        self._rankings: dict[int, Ranking] = {}

    def hello(self, device: str) -> Hello:
        """Identify this process."""
        return say_hello(device)

    def look(self, survey: Survey) -> Seen:
        """Find out which of the files and images this machine sees."""
        return look(survey)

    def load(self, task: ModelTask, *parcels: Parcel | None) -> Ready | Refused:
        """Load a model in place of the one before, and what measures its images.

        Args:
            task: the model.
            parcels: for each of its claims the file, if this machine does not see it.
        """
        weights, code, *metrics = parcels or [None] * len(task.claims)
        self._source = None
        self._held.close()
        try:
            # Until this process ends: what measures latency on this GPU waits for that.
            self._held.enter_context(share(gpu_name(task.settings.device), Silent().note))
            with tempfile.TemporaryDirectory(prefix="restorebench-") as folder:
                self._source = self._load(task, weights, code, Path(folder))
                if not self._metrics:  # those of all models of a run are the same
                    self._metrics = tuple(_open_metrics(task.metrics, metrics, Path(folder)))
        except (RestorebenchError, OSError) as error:
            return Refused(str(error))
        return Ready()

    def _load(self, task: ModelTask, weights: Parcel | None, code: Parcel | None, folder: Path) -> ModelSource:
        from ....models.inference import Restorer
        from ....models.loading import open_model

        spec = task.spec
        if weights is not None:
            spec = replace(spec, path=unpack(weights, folder))
        if code is not None:
            attribute = spec.name.rpartition(":")[2]
            spec = replace(spec, name=f"{unpack(code, folder)}:{attribute}")
        loaded = open_model(spec)
        if loaded.weights_sha256 != task.weights_sha256:
            raise RestorebenchError(f"{spec} has other weights here than where the run was started.")
        if task.code is not None and loaded.code_sha256 != task.code.sha256:
            raise RestorebenchError(f"{task.code.path} was changed after the run was started: start it again.")
        if task.code is not None:
            here = loaded.code.files
            changed = [name for name, digest in task.code.beside if here.get(name) != digest]
            if changed:
                raise RestorebenchError(
                    f"{changed[0]}, which {task.code.path} imports, has other contents here than where the run was "
                    "started: start it again."
                )
        return ModelSource(Restorer(loaded.network, loaded.card, task.settings), preflight=False)

    def run(self, task: CellTask, pairs: Sequence[ImagePair]) -> Iterator[Ready | Scored | Refused]:
        """Restore and score images by the loaded model, one after the other; says first that it is ready to."""
        source = self._source
        if source is None:
            yield Refused("No model is loaded.")
            return
        try:
            scorer = self._scorer(task)
        except RestorebenchError as error:
            yield Refused(str(error))
            return
        yield Ready()
        by_key = {pair.key: pair for pair in pairs}
        sifter = self._sifters.setdefault(task.number, PictureSifter(task.save_images))
        for record in records_of(pairs, source, scorer, sifter, workers=self._threads):
            observations = self._observations(task, source, record, by_key)
            yield Scored(record, sifter.take(record.key), observations, source.remarks(record.key))

    def _observations(
        self, task: CellTask, source: ModelSource, record: ScoreRecord, pairs: Mapping[str, ImagePair]
    ) -> tuple[Observation, ...]:
        """The observations of an image whose picture a report could show."""
        value = first_value(record)
        if value is None or task.save_images == "none":
            return ()
        if not self._rankings.setdefault(task.number, Ranking()).admit(record.key, value)[0]:
            return ()
        return source.observe(pairs[record.key])

    def _scorer(self, task: CellTask) -> JointScorer:
        if task.number not in self._scorers:
            scorer = JointScorer(
                [
                    AppliedProtocol(get_protocol(name).with_metrics(self._metrics), quantiser)
                    for name, quantiser in task.protocols
                ]
            )
            lacking = [reason for metric, reason in scorer.unavailable.items() if metric not in task.unavailable]
            if lacking:
                raise RestorebenchError(lacking[0])
            self._scorers[task.number] = scorer
        return self._scorers[task.number]


def _open_metrics(tasks: Sequence[MetricTask], parcels: Sequence[Parcel | None], folder: Path) -> Iterator[Metric]:
    """The metrics of a run, each from a folder of its own where its file was sent: two may be called alike."""
    for number, (task, parcel) in enumerate(zip(tasks, parcels, strict=True)):
        name = task.name
        if parcel is not None:
            name = f"{unpack(parcel, folder / f'metric-{number}')}:{name.rpartition(':')[2]}"
        metric = open_metric(name)
        if task.code is not None and metric.code_sha256 != task.code.sha256:
            raise RestorebenchError(f"{task.code.path} was changed after the run was started: start it again.")
        yield metric
