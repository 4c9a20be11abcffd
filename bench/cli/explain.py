"""`restorebench explain`: which way of measuring gives a number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_datasets, complete_models
from .common_options import with_verbosity
from .completers import complete_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..contracts import JsonValue
    from ..explanation.claims import Claim
    from ..explanation.other_data import OtherData
    from ..explanation.search import Explanation
    from ..explanation.variants import Variant
    from ..registry.specs import Spec
    from ..runs.run import Run

__all__ = ["explain"]

MOST_ANSWERS = 8
"""Answers in the table."""


@with_verbosity
def explain(
    target: Annotated[Path, Parameter(completer=complete_runs)],
    *,
    dataset: Annotated[tuple[str, ...], Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = (),
    claimed: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    digits: str = "auto",
    model: Annotated[str | None, Parameter(name=["--model", "-m"], completer=complete_models)] = None,
    device: str | None = None,
    align: bool = False,
    partial: bool = False,
    workers: int | None = None,
    json: bool = False,
) -> int:
    """Find the way of measuring that gives a claimed number.

    Measures the restored images by every combination of colour space, range of Y, border crop, form of PSNR and SSIM,
    average and subset of the images. Says which of them give the claimed numbers as printed, how many would by chance,
    which come nearest, and what was not tried. A run folder keeps the measurements, so the next question is answered
    at once, and a report shows the answer behind a published number that disagrees.

    For example:
      restorebench explain restorebench-out/rain100h/prenet --claimed psnr=29.46 ssim=0.899
      restorebench explain results/mine -d gopro=/data/GoPro --claimed psnr=33.69 ssim=0.967
      restorebench explain results/mine -d gopro=/data/GoPro --claimed psnr=33.08 -m nafnet-width64=w64.pth
      restorebench explain restorebench-out/rain100h/prenet

    Exit code: 0 if the numbers are explained, 1 if not, 2 for a usage error.

    Args:
        target: Run folder (made with --save-images all) or a folder that holds one, or folder of restored images.
        dataset: NAME=ROOT of the data set; needed for a folder of images, and for --model. Its other variants are
            tried too if nothing gives the numbers, and so are further copies, each with a --dataset of its own.
        claimed: METRIC=NUMBER as printed, all from one source: psnr, ssim, lpips. Without it, the published numbers
            of the run's model are explained, where they differ from the run's.
        digits: Digits after the point that count; auto takes as many as are printed.
        model: NAME[=WEIGHTS]. If nothing gives the numbers, this model restores the images again by tiles,
            self-ensemble, half precision and other forms of the same weights: several times as long as a run.
        device: cpu, cuda or cuda:N for --model (default: cuda if available).
        align: Also try protocols that align the images first (default: only if the data set's own does).
        partial: Measure the matching images even if some are missing or match no pair.
        workers: Threads (default: one per core, 2 to 16).
        json: Print everything as JSON.
    """
    from ..datasets import open_copy
    from ..errors import UsageError
    from ..explanation.claims import parse_claims
    from ..explanation.explain import explain as explain_target
    from ..registry.specs import parse_spec
    from ..terminal.display import RunProgress, print_json

    run = _run_in(target)
    specs = [parse_spec(text) for text in dataset]
    opened = open_copy(specs[0]) if specs else None
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
            others=_others(specs, run),
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


def _run_in(folder: Path) -> Run | None:
    """The run that a folder is, or the only one that it holds; `None` for a folder of images."""
    from ..errors import UsageError, few
    from ..runs.run import RUN_FILE, load_run, run_folders
    from ..terminal.display import note

    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}: give a run folder or a folder of restored images.")
    if (folder / RUN_FILE).is_file():
        return load_run(folder)
    below = run_folders(folder)
    if not below:
        return None
    if len(below) > 1:
        raise UsageError(f"{folder} holds {len(below)} runs: name the one to explain, {few(map(str, below))}.")
    note(f"{folder} holds one run, {below[0]}.")
    return load_run(below[0])


def _others(specs: Sequence[Spec], run: Run | None) -> Sequence[OtherData]:
    """What else there is of the data set that was named first, or else of the run's."""
    from ..explanation.other_data import other_data, recorded_data

    if specs:
        return other_data(specs[0], specs[1:])
    return () if run is None else other_data(recorded_data(run))


def _published(run: Run | None) -> list[tuple[Claim, ...]]:
    """The published numbers of a run's model that differ from its own, those of one source together."""
    from ...reports.board.explaining import published_claims
    from ..errors import UsageError
    from ..terminal.display import note

    if run is None:
        raise UsageError("A folder of images has no published numbers: claim one, as in --claimed psnr=29.46.")
    found = [claims for protocol in run.protocols for claims in published_claims(run.by(protocol))]
    if not found:
        note(
            f"No published number of {run.info.model.title or run.model} on {run.info.dataset.title} differs from this"
            " run's: to explain another number, claim it, as in --claimed psnr=29.46."
        )
    return list(dict.fromkeys(found))


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
    from ..terminal.display import new_table, print_lines, print_table, print_text

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
    if explanation.untried:
        print_lines(["Not tried:", *(f"  {sentence}" for sentence in explanation.untried)])
