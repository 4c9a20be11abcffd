"""`restorebench explain`: which way of measuring gives a number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..contracts import JsonValue
    from ..explanation.claims import Claim
    from ..explanation.search import Explanation
    from ..explanation.variants import Variant
    from ..runs.run import Run

__all__ = ["explain"]

MOST_ANSWERS = 8
"""Answers in the table."""


def explain(
    target: Path,
    *,
    dataset: Annotated[str | None, Parameter(name=["--dataset", "-d"])] = None,
    claimed: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    digits: str = "auto",
    model: Annotated[str | None, Parameter(name=["--model", "-m"])] = None,
    device: str | None = None,
    align: bool = False,
    partial: bool = False,
    workers: int | None = None,
    json: bool = False,
) -> int:
    """Find the way of measuring that gives a number.

    Measures restored images by every combination of colour space, range of Y, border crop, form of PSNR and SSIM,
    average and subset of the images, and says which give the claimed numbers as printed, how many of all do, how many
    would give any number, and what comes nearest. A run folder keeps the measurements: the next question is answered
    at once, and a report shows the answer behind a published number that disagrees.

    For example:
      restorebench explain restorebench-out/rain100h/prenet --claimed psnr=29.46 ssim=0.899
      restorebench explain results/mine -d gopro=/data/GoPro --claimed psnr=33.69 ssim=0.967
      restorebench explain results/mine -d gopro=/data/GoPro --claimed psnr=33.08 -m nafnet-width64=w64.pth
      restorebench explain restorebench-out/rain100h/prenet

    Exit code: 0 if the numbers are explained, 1 if not, 2 for a usage error.

    Args:
        target: Run folder (made with --save-images all), or folder of restored images.
        dataset: NAME=ROOT of the data set; needed for a folder of images, and for --model.
        claimed: METRIC=NUMBER as printed, of one source: psnr, ssim, lpips. Without it, the published numbers of a
            run's model are explained, if they differ from the run's.
        digits: Digits after the point that count; auto takes as many as are printed.
        model: NAME[=WEIGHTS], to restore the images again by tiles, self-ensemble, half precision and other forms of
            the same weights; this takes several times as long as a run.
        device: cpu, cuda or cuda:N for --model (default: cuda if available).
        align: Try protocols that align the images too (default: only if those of the data set do).
        partial: Measure the matching images even if some are missing or match no pair.
        workers: Threads (default: one per core, 2 to 8).
        json: Print everything as JSON.
    """
    from ..datasets import open_dataset
    from ..errors import UsageError
    from ..explanation.claims import parse_claims
    from ..explanation.explain import explain as explain_target
    from ..registry.specs import parse_spec
    from ..runs.run import RUN_FILE, load_run
    from ..terminal.display import RunProgress, print_json

    run = load_run(target) if (target / RUN_FILE).is_file() else None
    if run is None:
        _refuse_several(target)
    spec = None if dataset is None else parse_spec(dataset)
    opened = None if spec is None else open_dataset(spec.name, spec.path, **spec.options)
    if model is not None and opened is None:
        raise UsageError("--model restores the degraded images again: name the data set, as in -d NAME=ROOT.")
    asked = [parse_claims(claimed, digits)] if claimed else _published(run)
    found = [
        explain_target(
            target if run is None else run,
            claims,
            opened,
            aligned=align or None,
            partial=partial,
            variants=() if model is None else _variants(model, device),
            workers=workers,
            progress=RunProgress(),
        )
        for claims in asked
    ]
    if json:
        print_json([_as_json(each) for each in found])
    else:
        for each in found:
            _show(each)
    return 0 if all(each.verdict == "explained" for each in found) else 1


def _refuse_several(folder: Path) -> None:
    """Say which run to name, if the folder holds runs instead of images."""
    from ..errors import UsageError, few
    from ..runs.run import run_folders

    below = run_folders(folder)
    if below:
        raise UsageError(f"{folder} holds runs: explain one of them, as in {few(map(str, below))}.")


def _published(run: Run | None) -> list[tuple[Claim, ...]]:
    """The published numbers of a run's model that differ from its own, those of one source together."""
    from ...reports.board.explaining import published_claims
    from ..errors import UsageError
    from ..terminal.display import note

    if run is None:
        raise UsageError("A folder of images has no published numbers: claim one, as in --claimed psnr=29.46.")
    found = published_claims(run)
    if not found:
        note(
            f"No published number of {run.info.model.title or run.model} on {run.info.dataset.title} differs from this"
            " run's: claim one, as in --claimed psnr=29.46, to explain another."
        )
    return found


def _variants(model: str, device: str | None) -> Sequence[Variant]:
    from ..contracts import InferenceSettings
    from ..explanation.variants import variants_of
    from ..models.inference import best_device
    from ..registry.specs import parse_spec

    return variants_of(parse_spec(model), InferenceSettings(device=device or best_device()))


def _as_json(explanation: Explanation) -> JsonValue:
    from ..explanation.wording import describe
    from ..files.codec import encode

    answer = encode(explanation)
    remaining = encode(dict(explanation.remaining))
    return {"answer": describe(explanation), "remaining": remaining, **answer} if isinstance(answer, dict) else answer


def _show(explanation: Explanation) -> None:
    from ..explanation.wording import describe, name, number_of_ways, values_of
    from ..terminal.display import new_table, print_table, print_text

    print_text(describe(explanation))
    headings = [claim.facts.title for claim in explanation.claims]
    table = new_table("", *headings, "Way of measuring", right=headings)
    table.add_row("claimed", *(claim.text for claim in explanation.claims), "")
    marked = [("gives it", way) for way in explanation.answers[:MOST_ANSWERS]]
    for mark, way in [*marked, *(("near", way) for way in explanation.nearest)]:
        table.add_row(mark, *values_of(explanation.claims, way), name(way))
    print_table(table, keep=("Way of measuring",))
    if (more := len(explanation.answers) - MOST_ANSWERS) > 0:
        print_text(f"{more} more of {number_of_ways(explanation.tried_in_all)} give it; --json has them.")
