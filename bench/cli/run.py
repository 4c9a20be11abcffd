"""`restorebench run`: evaluate models on data sets, or resume an evaluation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..errors import UsageError
from ..evaluation.engines.options import ClusterOptions, EngineName, parse_shard
from ..evaluation.options import RunOptions, read_suite
from .common_options import with_verbosity
from .completers import complete_trackers
from .output_folders import refuse_file_name

__all__ = ["run"]


@with_verbosity
def run(
    suite: Path | None = None,
    *,
    options: Annotated[RunOptions | None, Parameter(name="*")] = None,
    engine: EngineName = "local",
    cluster: Annotated[ClusterOptions | None, Parameter(name="*")] = None,
    shard: str | None = None,
    redo_missing: bool = False,
    track: Annotated[tuple[str, ...], Parameter(completer=complete_trackers)] = (),
    json: bool = False,
) -> int:
    """Evaluate models on data sets. Run the same command again to resume.

    For example:
      restorebench run -m prenet=prenet.pth -d rain100h=/data/Rain100H
      restorebench run -m dmphn=weights -m ./mine.py:build -d gopro=/data/GoPro
      restorebench run -m 'irsde-derain[sampler=ode]=ir.pth' -d rain100h=R -p irsde
      restorebench run -m ./mine.py:build -d gopro=/data/GoPro -p gopro -p nafnet -p gopro-ssim2d
      restorebench run -m ./mine.py:build -d gopro=/data/GoPro --metric ./mine.py:MAE
      restorebench run suite.toml --limit 10
      restorebench run suite.toml --engine ray --address auto
      restorebench run suite.toml --shard 3/8
      restorebench run suite.toml --track mlflow=http://localhost:5000

    Exit code: 0, 1 if images failed, 2 for a usage error.

    Args:
        suite: TOML file with any of the options below (models and datasets are lists); the command line takes
            precedence.
        options: Options of the evaluation.
        engine: Run in this process (local), or on the workers of a Ray cluster (ray).
        cluster: Options of the Ray engine.
        shard: i/n, from 1/n to n/n: evaluate only every n-th image, for job arrays; `restorebench merge` merges shards.
        redo_missing: Also redo images that lack a metric, such as LPIPS after `restorebench fetch lpips-alex`.
        track: Also send the finished runs to wandb, mlflow or tensorboard, or NAME=PLACE: a project, a tracking URI or
            a folder. Repeatable.
        json: Print the summary as JSON.
    """
    from ...reports.trackers.choice import open_trackers
    from ...reports.trackers.evaluations import track_runs
    from ..evaluation.cell import Control
    from ..evaluation.matrix import DEFAULT_OUT, run_matrix
    from ..terminal.display import RunProgress, error, note
    from ..terminal.paths import typed_command
    from ..terminal.verbosity import verbosity
    from .disagreements import explain_disagreements
    from .summary import show_runs

    given = options or RunOptions()
    merged = given if suite is None else given.over(read_suite(suite))
    refuse_file_name(None if merged.out is None else Path(merged.out))
    trackers = open_trackers(track, Path(merged.out or DEFAULT_OUT)) if track else ()
    progress = RunProgress()
    control = Control(
        limit=merged.limit,
        save_images=merged.save_images or "worst",
        shard=None if shard is None else parse_shard(shard),
        redo="missing" if redo_missing else "failed",
        workers=merged.workers,
        image_memory=merged.image_memory,
        progress=progress,
        max_failures=merged.most_failures,
        verbose=verbosity().verbose,
        command=typed_command(["restorebench", *sys.argv[1:]]),
    )
    if engine == "ray":
        _refuse_image_memory(merged)
        from ..evaluation.engines.cluster.engine import RayEngine

        with RayEngine(cluster) as ray:
            outcome = run_matrix(merged, control, ray)
    else:
        _refuse_cluster(cluster)
        outcome = run_matrix(merged, control)
    if verbosity().quiet:  # otherwise they are among the notes of the progress
        for failure in outcome.errors:
            error(str(failure))
    show_runs(outcome.runs, outcome.out, json=json, said=progress.noted)
    explain_disagreements(outcome.runs, control.progress)
    track_runs(outcome.runs, outcome.out, trackers, note)
    return outcome.exit_code


def _refuse_cluster(cluster: ClusterOptions | None) -> None:
    if cluster is not None and cluster != ClusterOptions():
        raise UsageError("--address, --ray-workers, --*-per-worker and --image-timeout require --engine ray: add it.")


def _refuse_image_memory(options: RunOptions) -> None:
    if options.image_memory is not None:
        raise UsageError("--image-memory goes with --engine local: the workers of a cluster share no images, omit it.")
