"""`table --by`: runs cut into slices by an attribute of their images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from ..runs.run import Run
    from ..terminal.progress import Progress

__all__ = ["sliced_runs"]


def sliced_runs(runs: Sequence[Run], by: str, count: int, datasets: Sequence[str], progress: Progress) -> Sequence[Run]:
    """Cut runs into slices by the attribute that was asked for; the same runs if none was.

    Raises:
        UsageError: an option has no meaning, or there is nothing to slice.
        DatasetError: images are needed and not where they were.
    """
    from ..runs.measured_dataset import dataset_roots
    from ..slices.measuring import attribute_values, find_attribute
    from ..slices.sliced_runs import cut_runs
    from ..slices.slicing import check_count, slice_images

    check_count(count)
    if not by:
        if datasets:
            raise UsageError("--dataset belongs to --by: add it, or leave it out.")
        return runs
    asked, roots = find_attribute(by), dataset_roots(datasets)
    slices = {
        name: slice_images(
            attribute_values(asked, [run for run in runs if run.dataset == name], roots, progress),
            count,
            digits=asked.attribute.digits,
        )
        for name in dict.fromkeys(run.dataset for run in runs)
    }
    return cut_runs(runs, slices, asked.attribute)
