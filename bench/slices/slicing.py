"""Division of the images of a data set into slices of similar size by an attribute."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..errors import UsageError

__all__ = ["SLICES", "Slice", "check_count", "slice_at", "slice_images"]

SLICES = 4
"""Slices by default: each of 25 images of a data set of 100, which still decide something."""

MOST = 20
"""More categories than these are no slices, but names."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Images that are alike in an attribute."""

    label: str
    """`12 to 34`, or the category."""

    keys: tuple[str, ...]
    low: float | None = None
    """Smallest value of the attribute among them; `None` for a category."""

    high: float | None = None
    """Largest value among them."""


def check_count(count: int) -> None:
    """Refuse a number of slices that divides nothing.

    Raises:
        UsageError: it is below 2.
    """
    if count < 2:  # noqa: PLR2004 -- one slice is the whole
        raise UsageError(f"--slices is {count}, but must be at least 2.")


def slice_images(values: Mapping[str, float | str], count: int = SLICES, *, digits: int = 3) -> list[Slice]:
    """Divide images into slices with the same number of images each, or as nearly as equal values allow.

    Images with equal values are never separated. Categories are slices of their own, in alphabetical order.

    Args:
        values: of the attribute, by key.
        count: number of slices of numbers; at least 2.
        digits: of the values in labels.

    Raises:
        UsageError: all images have the same value, or there are more categories than can be shown.

    >>> [each.label for each in slice_images({"a": 1.0, "b": 2.0, "c": 3.0, "d": 9.0}, 2, digits=0)]
    ['1 to 2', '3 to 9']
    """
    numbers = {key: value for key, value in values.items() if isinstance(value, float)}
    if len(numbers) < len(values):
        slices = _categories({key: str(value) for key, value in values.items()})
    else:
        slices = _quantiles(numbers, count, digits)
    if len(slices) < 2:  # noqa: PLR2004 -- a comparison of slices needs two
        raise UsageError("All images have the same value, so that there is nothing to slice: choose another attribute.")
    return slices


def slice_at(values: Mapping[str, float | str], edges: Sequence[float], *, digits: int = 3) -> list[Slice]:
    """Divide images at given values: below the first edge, from each edge to the next, and from the last on.

    Parts without an image are left out, and images whose value is no number.

    Args:
        values: of the attribute, by key.
        edges: rising values; an image with the value of an edge is above it.
        digits: of the edges in labels.

    >>> [each.label for each in slice_at({"a": 7.0, "b": 15.0, "c": 44.0}, (15, 30), digits=0)]
    ['below 15', '15 to 30', '30 and more']
    """
    numbers = {key: value for key, value in values.items() if isinstance(value, float)}
    members: list[list[str]] = [[] for _ in range(len(edges) + 1)]
    for key in sorted(numbers, key=lambda key: (numbers[key], key)):
        members[bisect_right(edges, numbers[key])].append(key)
    texts = [f"{edge:.{digits}f}" for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(texts)]
    labels = [f"below {texts[0]}", *between, f"{texts[-1]} and more"]
    return [
        Slice(label, tuple(keys), numbers[keys[0]], numbers[keys[-1]])
        for label, keys in zip(labels, members, strict=True)
        if keys
    ]


def _categories(values: Mapping[str, str]) -> list[Slice]:
    names = sorted(set(values.values()))
    if len(names) > MOST:
        raise UsageError(f"There are {len(names)} categories, but at most {MOST} can be shown: join some of them.")
    return [Slice(name, tuple(key for key, value in values.items() if value == name)) for name in names]


def _quantiles(values: Mapping[str, float], count: int, digits: int) -> list[Slice]:
    ordered = sorted(values, key=lambda key: (values[key], key))
    edges = np.quantile(list(values.values()), [step / count for step in range(1, count)], method="inverted_cdf")
    members: dict[int, list[str]] = {}
    for key in ordered:
        members.setdefault(int(np.searchsorted(edges, values[key])), []).append(key)
    return [_slice(members[place], values, digits) for place in sorted(members)]


def _slice(keys: list[str], values: Mapping[str, float], digits: int) -> Slice:
    low, high = values[keys[0]], values[keys[-1]]
    ends = f"{low:.{digits}f} to {high:.{digits}f}"
    return Slice(f"{low:.{digits}f}" if low == high else ends, tuple(keys), low, high)
