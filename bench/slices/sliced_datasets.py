"""Slices of several data sets by one attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ..errors import DatasetError, UsageError
from ..registry.specs import Spec
from ..runs.run import Run
from ..terminal.progress import Progress
from .attributes import Attribute
from .measuring import AskedAttribute, attribute_values
from .slicing import Slice, slice_images

__all__ = ["slice_datasets"]

Name = TypeVar("Name")


def slice_datasets(
    asked: AskedAttribute,
    runs: Mapping[Name, Sequence[Run]],
    count: int,
    roots: Mapping[str, Spec],
    progress: Progress,
) -> dict[Name, list[Slice]]:
    """Slice the images of each data set, as far as it can be sliced; `progress` hears of each that cannot.

    Args:
        asked: the attribute.
        runs: by any name, each entry of one data set.
        count: number of slices of numbers.
        roots: where data sets are now; see `dataset_roots`.
        progress: of the computation.

    Raises:
        UsageError: none of them has anything to slice.
        DatasetError: none of them has the images or the targets that are needed.
        RunFolderError: a file of attributes is damaged.
        JournalWriteError: the disk is full or a folder cannot be written.
    """
    found: dict[Name, list[Slice]] = {}
    refused: dict[str, UsageError | DatasetError] = {}
    for name, each in runs.items():
        dataset = each[0].info.dataset.title or each[0].dataset
        try:
            values = attribute_values(asked, each, roots, progress)
            found[name] = slice_images(values, count, digits=asked.attribute.digits)
        except (UsageError, DatasetError) as error:
            refused[f"{dataset} cannot be sliced by {asked.attribute.name}. {error}"] = error
    if not found and refused:
        sentence, error = next(iter(refused.items()))
        raise type(error)(sentence) from error
    doubts = (_doubt(asked.attribute, runs[name][0]) for name in found)
    for sentence in dict.fromkeys((*refused, *filter(None, doubts))):
        progress.note(sentence)
    return found


def _doubt(attribute: Attribute, run: Run) -> str:
    """Why the values of an attribute may not mean on this data set what its name says; `""` if they do."""
    card = run.info.dataset
    if not attribute.tasks or card.task in (*attribute.tasks, "restoration"):
        return ""
    return (
        f"{card.title or run.dataset} is for {card.task}: `{attribute.name}` is computed there too, but measures "
        f"{attribute.elsewhere}."
    )
