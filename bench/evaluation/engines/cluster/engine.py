"""The Ray engine, for many GPUs and hosts: workers compute records, and this process alone writes them."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

from ....errors import ClusterError, RestorebenchError, UsageError
from ....machine.environment import Environment
from ....metrics.metric import Metric
from ....models.checkpoints import sha256_file
from ....models.entries import LoadedModel
from ....models.loading import open_model
from ....registry.registry import is_user_file
from ....registry.specs import Spec
from ...cell import Cell, Control, OpenCell, open_cell
from ..contract import Matrix, MatrixOutcome, recorded_errors
from ..options import ClusterOptions
from ..pictures import complete_matrix
from .admission import WorkerAdmission
from .connection import Connection, Share, connect, has_gpus, share_of
from .driver import Driver, ModelJob
from .pool import Pool
from .transfer import Claim
from .worker import MetricTask, ModelTask
from .worker_loss import cause

if TYPE_CHECKING:
    from ....profiling.cost import Cost
    from ....profiling.profiler import Request
    from ....terminal.progress import Progress

__all__ = ["RayEngine"]

DEFAULT_TIMEOUT_SECONDS = 1800.0
"""Time limit of one image unless --image-timeout says otherwise."""


class RayEngine:
    """Runs the cells of a matrix on a Ray cluster, all at a time; use as a context manager.

    Records and pictures are those of the local engine. Weights and images are read by path where a worker sees them,
    otherwise they are sent to it.

    Args:
        options: the cluster, and what each worker gets.

    Raises:
        UsageError: options that make no sense.
    """

    def __init__(self, options: ClusterOptions | None = None) -> None:
        self._options = options or ClusterOptions()
        self._options.check()
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None and self._connection.ours:
            self._connection.ray.shutdown()

    @property
    def _ray(self) -> ModuleType:
        """Connected when it is first needed: a wrong name is found out sooner."""
        if self._connection is None:
            self._connection = connect(self._options.address)
        return self._connection.ray

    def device(self, asked: str | None) -> str:
        """The asked kind of device, or `cuda` if the cluster has a GPU, otherwise `cpu`.

        Raises:
            UsageError: the cluster has none, or one of its GPUs was named.
            MissingDependencyError: Ray is not installed.
            ClusterError: there is no such cluster.
        """
        gpus = has_gpus(self._ray)
        name = asked or ("cuda" if gpus else "cpu")
        if name not in {"cpu", "cuda"}:
            raise UsageError(f"Ray gives each worker its device: write --device cpu or cuda instead of {name}.")
        if name == "cuda" and not gpus:
            raise UsageError("The device cuda was asked for, but the cluster offers no GPU: use --device cpu.")
        return name

    def run(self, matrix: Matrix, out: Path, control: Control) -> MatrixOutcome:
        """Do what is left of every cell, below `out`.

        Raises:
            ClusterError: no worker can do the work.
            JournalWriteError: the disk is full; everything recorded is kept.
        """
        errors: list[RestorebenchError] = []
        jobs, cells = _prepare(matrix, control, errors)
        if not cells:
            return MatrixOutcome((), tuple(errors), out)
        share = share_of(self._ray, matrix.settings.device, self._options)
        with _cluster_errors(self._ray), _pool(self._ray, share, matrix.settings.device) as pool:
            admission = WorkerAdmission(pool, control.progress)
            environment = admission.await_worker()
            timeout = self._options.image_timeout or DEFAULT_TIMEOUT_SECONDS
            with _open_all(cells, out, control, environment, errors) as opened:
                driver = Driver(admission, jobs, opened, control, timeout)
                runs = driver.work()
        specs = {cell.plan.model: jobs[model].task.spec for model, cell in cells}
        complete_matrix(matrix, [(specs[run.model], run) for run in runs], control)
        return MatrixOutcome(tuple(runs), (*errors, *driver.errors), out)

    def profile(self, models: Sequence[str], request: Request, progress: Progress) -> list[Cost]:
        """Profile models on a node of the cluster; see `profiling.profile_on_cluster`."""
        from .profiling import profile_on_cluster

        return profile_on_cluster(self._ray, models, replace(request, device=self.device(request.device)), progress)


@contextlib.contextmanager
def _cluster_errors(ray: ModuleType) -> Generator[None]:
    """Turn what Ray itself raises into a sentence; what it says of a worker never comes here."""
    try:
        yield
    except ray.exceptions.RayError as error:
        raise ClusterError(
            f"Ray failed ({cause(error)}): everything recorded so far is kept; run the same command again."
        ) from error


@contextlib.contextmanager
def _pool(ray: ModuleType, share: Share, device: str) -> Generator[Pool]:
    pool = Pool(ray, share, device)
    try:
        yield pool
    finally:
        pool.close()


def _prepare(
    matrix: Matrix, control: Control, errors: list[RestorebenchError]
) -> tuple[list[ModelJob], list[tuple[int, Cell]]]:
    """Open every model once, on the CPU, to identify it; its network is not kept."""
    jobs: list[ModelJob] = []
    cells: list[tuple[int, Cell]] = []
    for spec in matrix.models:
        with recorded_errors(errors, control.progress, str(spec)):
            loaded = open_model(spec)
            jobs.append(ModelJob(str(spec), _model_task(len(jobs), spec, loaded, matrix)))
            for dataset_spec, dataset in matrix.datasets:
                with recorded_errors(errors, control.progress, f"{spec} on {dataset_spec}"):
                    cell = matrix.cell(loaded, dataset_spec, dataset)
                    cells.append((len(jobs) - 1, cell))
    return jobs, cells


def _model_task(number: int, spec: Spec, loaded: LoadedModel, matrix: Matrix) -> ModelTask:
    """The task of loading the same model on a worker: absolute paths, and the expected sha256 of their files."""
    weights = code = None
    if loaded.weights is not None:
        spec = replace(spec, path=loaded.weights.absolute())
        weights = Claim(loaded.weights.absolute(), loaded.weights_sha256)
    if is_user_file(spec.name):
        spec, path = replace(spec, name=_absolute(spec.name)), _file_of(spec.name)
        near = {name: digest for name, digest in loaded.code.files.items() if (path.parent / name).is_file()}
        code = Claim(path, sha256_file(path), tuple(near.items()))
    metrics = tuple(_metric_task(name, metric) for name, metric in matrix.metrics.items())
    return ModelTask(number, spec, matrix.settings, loaded.weights_sha256, weights, code, metrics)


def _metric_task(name: str, metric: Metric) -> MetricTask:
    if not is_user_file(name):
        return MetricTask(name)
    return MetricTask(_absolute(name), Claim(_file_of(name), metric.code_sha256))


def _file_of(name: str) -> Path:
    """The file of `./mine.py:attribute`."""
    return Path(name.rpartition(":")[0]).expanduser().absolute()


def _absolute(name: str) -> str:
    return f"{_file_of(name)}:{name.rpartition(':')[2]}"


@contextlib.contextmanager
def _open_all(
    cells: list[tuple[int, Cell]],
    out: Path,
    control: Control,
    environment: Environment,
    errors: list[RestorebenchError],
) -> Generator[list[tuple[int, OpenCell]]]:
    """Hold every run folder that nobody else holds."""
    opened: list[tuple[int, OpenCell]] = []
    with contextlib.ExitStack() as held:
        for model, cell in cells:
            with recorded_errors(errors, control.progress, cell.title):
                opened.append((model, held.enter_context(open_cell(cell, out, control, environment))))
        yield opened
