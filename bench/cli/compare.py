"""`restorebench compare`: paired statistical comparison of two or more runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_datasets, complete_metrics, complete_protocols
from .common_options import with_verbosity
from .completers import complete_measured_models, complete_runs

if TYPE_CHECKING:
    from ..slices.sliced_comparison import SlicedComparison

__all__ = ["compare"]


@with_verbosity
def compare(
    runs: Annotated[Path, Parameter(completer=complete_runs)],
    models: Annotated[list[str], Parameter(completer=complete_measured_models)],
    *,
    protocol: Annotated[
        list[str] | None, Parameter(name=["--protocol", "-p"], consume_multiple=True, completer=complete_protocols)
    ] = None,
    metric: Annotated[list[str] | None, Parameter(consume_multiple=True, completer=complete_metrics)] = None,
    worth: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    intersect: bool = False,
    by: str = "",
    slices: int | None = None,
    dataset: Annotated[list[str] | None, Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = None,
    seed: int = 0,
    json: bool = False,
) -> None:
    """Compare runs image by image: mean difference with interval, Wilcoxon's test, wins, and images needed.

    Images of one sequence, scene or background are treated as one group. All p values of a call are Holm-corrected
    together. Runs of one stochastic model that differ only in their seed are averaged, and their spread is shown.

    For example:
      restorebench compare restorebench-out prn_r prenet
      restorebench compare restorebench-out nafnet-width32 nafnet-width64 restormer --metric psnr
      restorebench compare . old-out/gopro/mine new-out/gopro/mine --worth psnr=0.02
      restorebench compare restorebench-out prn_r prenet --by rain --metric psnr

    Args:
        runs: Folder containing runs, at any depth.
        models: Two or more names of models with runs in it, or folders of runs. Differences are later minus earlier.
        protocol: Protocols to compare by, as in y@1 or y (default: each that the runs share).
        metric: Metrics to compare (default: all).
        worth: Smallest difference of interest, as METRIC=DIFFERENCE, for the number of images needed to detect it.
            Default: psnr=0.05 ssim=0.001 lpips=0.002.
        intersect: Compare the shared images of runs with different images.
        by: Also compare slice by slice of an attribute of the images: brightness, gradient, blur, rain, extent or
            direction of a known motion, or a CSV file of key and value. What is computed from images is
            kept beside the runs, and is on the page of a report.
        slices: Number of slices for --by, with as many images in each (default: 4).
        dataset: NAME=ROOT of a data set that --by does not find where it was measured. Repeatable.
        seed: Seed of the resampling.
        json: Print everything as JSON.
    """
    from ..comparison.comparison import compare_pairs
    from ..comparison.selection import select_sides
    from ..errors import UsageError
    from ..runs.measured_dataset import dataset_roots
    from ..slices.measuring import find_attribute
    from ..terminal.display import RunProgress, print_json
    from ..verdict.tolerances import parse_amounts
    from .comparison_tables import comparison_json, show_comparisons
    from .slice_tables import show_slices, slice_sides, sliced_json
    from .sliced_runs import checked_count

    if len(models) < 2:  # noqa: PLR2004 -- two sides
        raise UsageError(f"There is nothing to compare {models[0]} with: name at least two models or run folders.")
    number = checked_count(by, slices, dataset or ())
    asked = find_attribute(by) if by else None
    amounts = parse_amounts(worth or ())
    sides = select_sides(runs, models, protocol or ())
    compared = compare_pairs(sides, metrics=metric or (), intersect=intersect, worth=amounts, seed=seed)
    if asked is None:
        sliced: list[SlicedComparison | None] = []
    else:
        roots = dataset_roots(dataset or ())
        sliced = slice_sides(
            sides, asked, number, roots, RunProgress(), metrics=metric or (), intersect=intersect, seed=seed
        )
    if json and sliced:
        print_json(
            [
                sliced_json(whole, parts) if parts else comparison_json(whole)
                for whole, parts in zip(compared, sliced, strict=True)
            ]
        )
    elif json:
        print_json([comparison_json(each) for each in compared])
    else:
        show_comparisons(compared)
        show_slices([each for each in sliced if each])
