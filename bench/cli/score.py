"""`restorebench score`: score a folder of restored images."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_datasets, complete_metrics, complete_protocols
from ..runs.saved_images import SaveImages
from .common_options import with_verbosity
from .output_folders import refuse_file_name

__all__ = ["score"]


@with_verbosity
def score(
    folder: Path,
    *,
    dataset: Annotated[str | None, Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = None,
    no_target: bool = False,
    name: str | None = None,
    protocol: Annotated[tuple[str, ...], Parameter(name=["--protocol", "-p"], completer=complete_protocols)] = (),
    metric: Annotated[tuple[str, ...], Parameter(name="--metric", completer=complete_metrics)] = (),
    out: Path = Path("restorebench-out"),
    partial: bool = False,
    save_images: SaveImages = "worst",
    workers: int | None = None,
    max_failures: int | None = None,
    fail_fast: bool = False,
    json: bool = False,
) -> int:
    """Score a folder of restored images from any method or framework.

    Images are matched to pairs by name: the pair's key (GOPR0384_11_00/000001.png), the key with - or _
    for / (GOPR0384_11_00-000001.png), or the name of the degraded or target file (rain-001.png).

    For example:
      restorebench score results/mine -d gopro=/data/GoPro --name mine
      restorebench score results -d rain100h=/data/Rain100H --name mine -p rain13k --partial
      restorebench score photos/restored --no-target --metric niqe
      restorebench score photos/restored -d unpaired=photos/taken --name mine --metric niqe

    Exit code: 0, 1 if images failed, 2 for a usage error.

    Args:
        folder: Folder of the restored images.
        dataset: NAME=ROOT of the degraded images' data set.
        no_target: Measure the images by themselves, without a data set: only by metrics that need no target.
        name: Name of the method in tables (default: the folder's name).
        protocol: Evaluation protocol (default: the one used in papers for the data set). Repeatable: every image is
            read once and measured by each; a protocol may also be added later.
        metric: Metric to add to those of the protocols: ./file.py:METRIC, or a registered name. Repeatable.
        out: Output folder; the run is written to OUT/DATASET/NAME.
        partial: Score the matching images even if some are missing or match no pair.
        save_images: Images to copy to the run folder.
        workers: Threads for decoding, and as many again for scoring.
        max_failures: Stop after so many failed images (default: when the first 8 all fail).
        fail_fast: Stop at the first failed image.
        json: Print the summary as JSON.
    """
    from ..datasets import open_copy
    from ..errors import UsageError
    from ..evaluation.cell import Control
    from ..evaluation.evaluate import score_images
    from ..registry.specs import Spec, parse_spec
    from ..terminal.display import RunProgress
    from ..terminal.paths import typed_command
    from ..terminal.verbosity import verbosity
    from .disagreements import explain_disagreements
    from .summary import show_runs

    refuse_file_name(out)
    if (dataset is None) != no_target:
        raise UsageError("Give either the data set of the images with -d NAME=ROOT, or --no-target.")
    spec = Spec("unpaired", folder) if dataset is None else parse_spec(dataset)
    command = typed_command(["restorebench", *sys.argv[1:]])
    progress = RunProgress()
    control = Control(
        save_images=save_images,
        workers=workers,
        progress=progress,
        command=command,
        verbose=verbosity().verbose,
        max_failures=1 if fail_fast else max_failures,
    )
    run = score_images(
        folder,
        open_copy(spec),
        name=name or folder.resolve().name,
        out=out,
        protocols=protocol,
        partial=partial,
        metrics=metric,
        control=control,
        dataset_name=str(spec),
    )
    show_runs([run.by(each) for each in run.protocols], out, json=json, said=progress.noted)
    explain_disagreements([run.by(each) for each in run.protocols], control.progress)
    return int(run.summary.failed > 0)
