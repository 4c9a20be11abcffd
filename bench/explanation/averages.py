"""From the values of images to one number: which images count, and what is averaged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["PLAIN", "Average", "Images", "averages_for"]

Array: TypeAlias = NDArray[np.float64]

FIRST = (10, 20, 50, 100, 200, 500, 1000)
"""Numbers of images at which evaluations are cut short."""


@dataclass(frozen=True, slots=True)
class Images:
    """The images that were measured, in the order of the data set."""

    groups: tuple[str, ...]
    """Sequence or scene of each; `""` is a group of its own."""

    pixels: tuple[int, ...]
    """Height times width of each."""

    failed: int = 0
    """Further images that could not be restored or measured."""


@dataclass(frozen=True, slots=True)
class Average:
    """One way to make a number of many."""

    words: str
    """In answers; `""` for the mean over all images."""

    first: int | None = None
    """Only so many images are counted; `None` for all."""

    pooled: bool = False
    """Whether PSNR is taken of the mean squared error over all pixels."""

    by_group: bool = False
    """Whether the means of the sequences are averaged."""

    failed_as_zero: bool = False
    """Whether failed images count as 0."""

    finite_only: bool = False
    """Whether identical images, whose PSNR is infinite, are left out."""

    def mean(self, values: Array, images: Images) -> float:
        """The mean of the images' values.

        Args:
            values: one for each image.
            images: what is known of them.
        """
        chosen = values[: self.first]
        if self.finite_only:
            chosen = chosen[np.isfinite(chosen)]
        if not len(chosen):
            return math.nan
        if self.by_group:
            return _mean_of_groups(chosen, images.groups)
        count = len(chosen) + (images.failed if self.failed_as_zero else 0)
        return math.fsum(chosen.tolist()) / count

    def pooled_error(self, errors: Array, images: Images) -> float:
        """The mean squared error over all pixels of all images, from that of each image."""
        weights = np.asarray(images.pixels, np.float64)
        return float((errors * weights).sum() / weights.sum())


PLAIN = Average("")
"""The mean over all images, as in nearly every paper."""


def averages_for(images: Images, *, infinite: bool = False) -> tuple[Average, ...]:
    """Every average that makes sense for these images, the plain mean first; each departs from it in one respect.

    Args:
        images: what was measured.
        infinite: whether an image is identical to its target.
    """
    count = len(images.pixels)
    found = [PLAIN]
    if count > 1:
        found.append(Average("PSNR of the MSE over all pixels", pooled=True))
    named = {group for group in images.groups if group}
    if 1 < len(named) < count:
        found.append(Average("mean of the means of groups", by_group=True))
    found += [Average(f"first {first} images only", first=first) for first in FIRST if first < count]
    if images.failed:
        found.append(Average("failed images counted as 0", failed_as_zero=True))
    if infinite:
        found.append(Average("identical images left out", finite_only=True))
    return tuple(found)


def _mean_of_groups(values: Array, groups: Sequence[str]) -> float:
    members: dict[str, list[float]] = {}
    for place, (value, group) in enumerate(zip(values.tolist(), groups, strict=True)):
        members.setdefault(group or f"\0{place}", []).append(value)
    means = [math.fsum(each) / len(each) for each in members.values()]
    return math.fsum(means) / len(means)
