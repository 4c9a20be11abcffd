"""`restorebench score`: score a folder of restored images."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ..runs.pictures import SaveImages

__all__ = ["score"]


def score(
    folder: Path,
    *,
    dataset: Annotated[str, Parameter(name=["--dataset", "-d"])],
    name: str,
    protocol: Annotated[str | None, Parameter(name=["--protocol", "-p"])] = None,
    metric: Annotated[tuple[str, ...], Parameter(name="--metric")] = (),
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

    Args:
        folder: Folder of the restored images.
        dataset: NAME=ROOT of the degraded images' data set.
        name: Name of the method in tables.
        protocol: Evaluation protocol (default: the one used in papers for the data set).
        metric: Metric to add to those of the protocol: ./file.py:METRIC, or a registered name. Repeatable.
        out: Output folder; the run is written to OUT/DATASET/NAME.
        partial: Score the matching images even if some are missing or match no pair.
        save_images: Images to copy to the run folder.
        workers: Threads for decoding, and as many again for scoring.
        max_failures: Stop after so many failed images (default: when the first 8 all fail).
        fail_fast: Stop at the first failed image.
        json: Print the summary as JSON.
    """
    from ..datasets import open_dataset
    from ..evaluation.cell import Control
    from ..evaluation.evaluate import score_images
    from ..registry.specs import parse_spec
    from ..terminal.display import RunProgress
    from .disagreements import explain_disagreements
    from .summary import show_runs

    spec = parse_spec(dataset)
    command = shlex.join(["restorebench", *sys.argv[1:]])
    control = Control(
        save_images=save_images,
        workers=workers,
        progress=RunProgress(),
        command=command,
        max_failures=1 if fail_fast else max_failures,
    )
    run = score_images(
        folder,
        open_dataset(spec.name, spec.path, **spec.options),
        protocol,
        name=name,
        out=out,
        partial=partial,
        metrics=metric,
        control=control,
        dataset_name=str(spec),
    )
    show_runs([run], out, json=json)
    explain_disagreements([run], control.progress)
    return int(run.summary.failed > 0)
