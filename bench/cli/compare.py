"""`restorebench compare`: what two or more runs prove about each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

__all__ = ["compare"]


def compare(
    runs: Path,
    models: list[str],
    *,
    metric: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    worth: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    intersect: bool = False,
    seed: int = 0,
    json: bool = False,
) -> None:
    """Paired differences, image by image: mean with interval, Wilcoxon's test, wins, and what would show more.

    Images of one sequence, scene or background count together. Every p is corrected by Holm for everything in
    the call. Runs of one stochastic model that differ in their seed only are averaged, and their spread is shown.

    For example:
      restorebench compare restorebench-out prn_r prenet
      restorebench compare restorebench-out nafnet-width32 nafnet-width64 restormer --metric psnr
      restorebench compare . old-out/gopro/mine new-out/gopro/mine --worth psnr=0.02

    Args:
        runs: Folder that holds runs.
        models: Two or more: names of models with runs in it, or folders of runs. Differences are later minus earlier.
        metric: Only these metrics.
        worth: A difference worth seeing, as METRIC=DIFFERENCE: how many images would show it? By default psnr=0.05
            ssim=0.001 lpips=0.002.
        intersect: Compare the shared images of runs that have different ones.
        seed: Of the resampling.
        json: Print everything as JSON.
    """
    from ..comparison.comparison import compare_pairs
    from ..comparison.selection import select_sides
    from ..errors import UsageError
    from ..terminal.display import print_json
    from ..verdict.tolerances import parse_amounts
    from .comparison_tables import comparison_json, show_comparisons

    if len(models) < 2:  # noqa: PLR2004 -- two sides
        raise UsageError(f"There is nothing to compare {models[0]} with: name two models or run folders.")
    amounts = parse_amounts(worth or ())
    sides = select_sides(runs, models)
    compared = compare_pairs(sides, metrics=metric or (), intersect=intersect, worth=amounts, seed=seed)
    if json:
        print_json([comparison_json(each) for each in compared])
    else:
        show_comparisons(compared)
