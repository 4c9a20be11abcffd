"""Comparison of two models slice by slice, by the statistics of `compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..comparison.comparison import Comparison, compare_sides, holm_over
from ..comparison.metric_comparison import MetricComparison
from ..comparison.pairing import Measured, pair_images
from ..comparison.win_matrix import ALPHA
from ..errors import UsageError
from ..statistics.bootstrap import FEWEST_DECIDING
from .attributes import Attribute
from .slicing import Slice

__all__ = ["ComparedSlice", "SliceFinding", "SlicedComparison", "compare_slices", "slice_finding"]

SliceFinding = Literal["wins", "loses", "undecided", "too few images"]
"""What the second model does in a slice."""


@dataclass(frozen=True, slots=True)
class ComparedSlice:
    """One slice with its comparison."""

    slice: Slice
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class SlicedComparison:
    """The comparison of two models on one data set in every slice."""

    attribute: Attribute
    first: str
    second: str
    dataset: str
    protocol: str
    slices: tuple[ComparedSlice, ...]
    left_out: int
    """Number of images that both have but whose attribute is unknown."""


def compare_slices(
    pairs: Sequence[tuple[Measured, Measured]],
    slices: Mapping[tuple[str, str], Sequence[Slice]],
    attribute: Attribute,
    *,
    metrics: Sequence[str] = (),
    intersect: bool = False,
    seed: int = 0,
) -> list[SlicedComparison]:
    """Compare pairs of models within slices; all p values are Holm-corrected together.

    The intervals are those of `compare` on the images of a slice, with its groups; they are not corrected for the
    number of slices, which is what `slice_finding` does.

    Args:
        pairs: sides as in `compare_sides`; differences are second minus first.
        slices: by data set and protocol.
        attribute: by which they were made.
        metrics: metrics to compare; all by default.
        intersect: as in `compare`.
        seed: seed of the resampling.

    Raises:
        IncomparableError: the data sets, protocols or image sets of a pair differ.
        UsageError: no image of a pair has a value of the attribute.
    """
    found: list[SlicedComparison] = []
    for first, second in pairs:
        shared = set(pair_images(first, second, intersect=intersect)[0])
        compared: list[ComparedSlice] = []
        for each in slices[first.dataset, first.protocol]:
            keys = [key for key in each.keys if key in shared]
            if keys:
                sides = [_restricted(side, keys) for side in (first, second)]
                whole = compare_sides(sides[0], sides[1], metrics=metrics, seed=seed)
                compared.append(ComparedSlice(replace(each, keys=tuple(keys)), whole))
        if not compared:
            raise UsageError(f"No image of {first.cell} has a value of {attribute.name}: check its keys.")
        left_out = len(shared) - sum(len(each.slice.keys) for each in compared)
        found.append(
            SlicedComparison(
                attribute, first.label, second.label, first.dataset, first.protocol, tuple(compared), left_out
            )
        )
    corrected = iter(holm_over([each.comparison for sliced in found for each in sliced.slices]))
    return [
        replace(each, slices=tuple(replace(known, comparison=next(corrected)) for known in each.slices))
        for each in found
    ]


def slice_finding(found: MetricComparison) -> SliceFinding:
    """What can be said of one metric in a slice, at 5 % for any false answer among all slices.

    A slice of fewer than five effective groups decides nothing, as in `check`.
    """
    if found.effective_n < FEWEST_DECIDING:
        return "too few images"
    if found.p_holm is None or found.p_holm >= ALPHA or found.finding == "no difference seen":
        return "undecided"
    return "wins" if found.finding == "better" else "loses"


def _restricted(side: Measured, keys: Sequence[str]) -> Measured:
    """A side with the images of a slice alone, also in its repeats."""
    images = {key: side.images[key] for key in keys}
    repeats = tuple(_restricted(repeat, keys) for repeat in side.repeats)
    return replace(side, images=images, selected=len(keys), repeats=repeats)
