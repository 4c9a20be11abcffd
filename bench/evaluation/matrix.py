"""Evaluation of models x data sets: validate everything first, then run it with an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..contracts import InferenceSettings, PairedDataset
from ..datasets import open_copy
from ..errors import UsageError
from ..metrics.registry import choose_metrics
from ..models.entries import MODELS
from ..protocols.protocol import get_protocol
from ..registry.specs import Spec, parse_spec
from ..runs.run import SHARDS_FOLDER
from .cell import Control
from .engines.contract import Engine, Matrix, MatrixOutcome
from .finished import finished_runs
from .model_cell import protocols_for
from .options import RunOptions
from .run_folders import refuse_shared_folders
from .suites import expand

__all__ = ["MatrixOutcome", "run_matrix", "shard_folder"]

DEFAULT_OUT = "restorebench-out"


def run_matrix(options: RunOptions, control: Control, engine: Engine | None = None) -> MatrixOutcome:
    """Evaluate every model on every data set.

    Args:
        options: models, data sets and inference settings.
        control: execution options; each shard has its own folder.
        engine: the engine that runs the evaluation; by default in this process.

    Raises:
        UsageError: a wrong name or option; raised before anything runs.
        DatasetError: a data set cannot be opened; raised before anything runs.
        JournalWriteError: the disk is full.
    """
    options.check()
    datasets, protocols = expand(options.datasets, options.asked_protocols)
    options = replace(options, datasets=datasets, protocols=protocols, protocol=None)
    out = Path(options.out or DEFAULT_OUT)
    models = _models(options.models, out)
    for protocol in options.asked_protocols:
        get_protocol(protocol)
    metrics = choose_metrics(options.metrics)
    opened = _open_all(options.datasets, out)
    for _, dataset in opened:
        protocols_for(options.asked_protocols, dataset, tuple(metrics.values()))
    settings = _settings(options)
    matrix = Matrix(tuple(models), tuple(opened), settings, options.asked_protocols, options.quantiser, metrics)
    place = out if control.shard is None else shard_folder(out, control.shard)
    # Absolute, because a model may change the working directory while others write.
    folder = place.absolute()
    finished = finished_runs(matrix, options.device, folder, control) if engine is None else {}
    if len(finished) == len(models):
        return MatrixOutcome(tuple(run for runs in finished.values() for run in runs), (), place)
    for index, spec in enumerate(models):
        if index not in finished:
            MODELS.get(spec.name)
    if engine is None:
        from .engines.local import LocalEngine

        engine = LocalEngine(finished)
    matrix = replace(matrix, settings=replace(settings, device=engine.device(options.device)))
    return replace(engine.run(matrix, folder, control), out=place)


def shard_folder(out: Path, shard: tuple[int, int]) -> Path:
    """Folder of the runs of one shard; `merge` combines all shards.

    >>> shard_folder(Path("out"), (2, 8)).as_posix()
    'out/shards/2-of-8'
    """
    index, count = shard
    return out / SHARDS_FOLDER / f"{index}-of-{count}"


def _models(given: Sequence[str], out: Path) -> list[Spec]:
    """Parse the models, and check names and weights files before a long run starts.

    A model of the package's catalogue is not imported yet: that takes torch, which a finished folder does not need.
    """
    if not given:
        raise UsageError("No model was given: name one with -m NAME=WEIGHTS; `restorebench models` lists them.")
    specs = [parse_spec(text) for text in given]
    for spec in specs:
        if not MODELS.is_unopened(spec.name):
            MODELS.get(spec.name)
        if spec.path is not None and not spec.path.exists():
            raise UsageError(f"There is no weights file {spec.path} for {spec.name}: check the path after '='.")
    names = _run_names(specs)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(
            f"The model {twice[0]} was given twice, but has only one run folder: compare weights in two --out folders."
        )
    refuse_shared_folders("models", dict(zip(given, names, strict=True)), out)
    return specs


def _run_names(specs: Sequence[Spec]) -> list[str]:
    """What run folders are named after: the file too, where the same model is read from several."""
    texts = [str(spec) for spec in specs]
    return [
        f"{text}={spec.path}" if texts.count(text) > 1 and MODELS.get(spec.name).from_file else text
        for text, spec in zip(texts, specs, strict=True)
    ]


def _open_all(texts: Sequence[str], out: Path) -> list[tuple[Spec, PairedDataset]]:
    if not texts:
        raise UsageError("No data set was given: name one with -d NAME=ROOT; `restorebench datasets` lists them.")
    specs = [parse_spec(text) for text in texts]
    refuse_shared_folders("data sets", {text: str(spec) for text, spec in zip(texts, specs, strict=True)}, out)
    return [(spec, open_copy(spec)) for spec in specs]


def _settings(options: RunOptions) -> InferenceSettings:
    """The settings that were asked for, but for the device."""
    default = InferenceSettings()
    return InferenceSettings(
        precision=options.precision or default.precision,
        tile=options.tile,
        tile_overlap=default.tile_overlap if options.tile_overlap is None else options.tile_overlap,
        tile_on_oom=bool(options.tile_on_oom),
        seed=options.seed or default.seed,
        channels_last=bool(options.channels_last),
        samples=options.samples or default.samples,
    )
