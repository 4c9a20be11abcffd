"""Runs cut into slices: each as if its data set had the images of the slice alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..runs.run import Run
from .attributes import Attribute
from .slicing import Slice

__all__ = ["cut_runs"]


def cut_runs(runs: Sequence[Run], slices: Mapping[str, Sequence[Slice]], attribute: Attribute) -> list[Run]:
    """Cut runs into slices, whose data sets have titles and names of their own.

    Published numbers, which are of whole data sets, do not match them.

    Args:
        runs: of any data sets and models; those on data sets without slices stay as they are.
        slices: by data set.
        attribute: by which they were made.
    """
    found: list[Run] = []
    for run in runs:
        parts = slices.get(run.dataset, ())
        found += [_cut(run, part, attribute, f"{place} of {len(parts)}") for place, part in enumerate(parts, start=1)]
        found += [] if parts else [run]
    return found


def _cut(run: Run, part: Slice, attribute: Attribute, place: str) -> Run:
    keys = set(part.keys)
    records = tuple(record for record in run.records if record.key in keys)
    card, copy = run.info.dataset, run.info.copy
    info = replace(
        run.info,
        plan=replace(run.info.plan, dataset=f"{run.dataset}[{attribute.name}={place}]"),
        dataset=replace(
            card,
            name=f"{card.name} {attribute.name} {place}",
            title=f"{card.title or card.name}, {attribute.name} {part.label}",
            expected_pairs=None,
        ),
        copy=replace(copy, found_pairs=len(keys), expected_pairs=None),
        selected=len(keys),
        summary=None,
    )
    return replace(run, info=info, records=records, known_summary=None, others=())
