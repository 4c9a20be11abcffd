"""`--by`: its options, and for `table` runs cut into slices by an attribute of their images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .option_owners import refuse_without

if TYPE_CHECKING:
    from ..runs.run import Run
    from ..terminal.progress import Progress

__all__ = ["checked_count", "sliced_runs"]


def sliced_runs(
    runs: Sequence[Run], by: str, count: int | None, datasets: Sequence[str], progress: Progress
) -> Sequence[Run]:
    """Cut runs into slices by the attribute that was asked for; the same runs if none was.

    Raises:
        UsageError: an option has no meaning, or there is nothing to slice.
        DatasetError: images are needed and not where they were.
    """
    from ..runs.measured_dataset import dataset_roots
    from ..slices.measuring import find_attribute
    from ..slices.sliced_datasets import slice_datasets
    from ..slices.sliced_runs import cut_runs

    number = checked_count(by, count, datasets)
    if not by:
        return runs
    asked = find_attribute(by)
    by_dataset: dict[str, list[Run]] = {}
    for run in runs:
        by_dataset.setdefault(run.dataset, []).append(run)
    return cut_runs(runs, slice_datasets(asked, by_dataset, number, dataset_roots(datasets), progress), asked.attribute)


def checked_count(by: str, count: int | None, datasets: Sequence[str]) -> int:
    """The number of slices.

    Raises:
        UsageError: an option belongs to `--by`, which is missing, or the number divides nothing.
    """
    from ..slices.slicing import SLICES, check_count

    refuse_without("--by", {"--dataset": bool(datasets), "--slices": count is not None}, given=bool(by))
    number = SLICES if count is None else count
    check_count(number)
    return number
