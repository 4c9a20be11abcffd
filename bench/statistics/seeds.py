"""Confidence intervals for a mean over images and trainings: other images and another seed would both change it.

Every training is measured on every image, so the two are crossed. The variance of the mean is the sum of

- the squared standard error over images of the values averaged over trainings, with groups of images as units, and
- the variance between trainings of their means over the images, over the number of trainings.

How much trainings differ from image to image is in both, which makes the sum too large, never too small: for two-way
random effects its expectation is that of the true variance plus the interaction's. Degrees of freedom follow
Satterthwaite (Biometrics Bulletin 2, 1946). With three trainings they are as few as two, so that an interval is wide
where trainings disagree; that is what three trainings show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .bootstrap import LEVEL, ROUNDING, UNBOUNDED, Interval, MeanEstimate, estimate_means, student_quantile

__all__ = ["interval_over_seeds"]


def interval_over_seeds(
    values: NDArray[np.float64],
    groups: Sequence[str],
    *,
    within: Interval = UNBOUNDED,
    level: float = LEVEL,
) -> Interval | None:
    """The interval of the mean of values (trainings, images) over both; nowhere inside that over images alone.

    Args:
        values: finite; a row for each training, a column for each image.
        groups: one name per image; `""` is a group of its own.
        within: smallest and largest possible value.
        level: nominal coverage, in (0, 1).

    Returns:
        The interval, or `None` for a single training or too few groups of images.
    """
    trainings = len(values)
    (images,) = estimate_means(values.mean(axis=0)[:, None], groups, within=[within])
    narrow = images.interval(level)
    if narrow is None or trainings < 2:  # noqa: PLR2004 -- one training has no spread
        return None
    between = float(values.mean(axis=1).var(ddof=1)) / trainings
    reach = _reach(images, between, trainings, level)
    low, high = images.mean - reach, images.mean + reach
    return max(within[0], min(low, narrow[0])), min(within[1], max(high, narrow[1]))


def _reach(images: MeanEstimate, between: float, trainings: int, level: float) -> float:
    """Student's t times the standard error over images and trainings."""
    over_images = images.standard_error**2
    total = over_images + between
    if total <= (ROUNDING * abs(images.mean)) ** 2:
        return 0.0
    freedom = total**2 / (over_images**2 / (images.effective_groups - 1) + between**2 / (trainings - 1))
    return student_quantile((1 + level) / 2, freedom) * math.sqrt(total)
