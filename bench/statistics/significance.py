"""Significance tests, multiple-testing correction and power analysis for per-image values.

Images of one group (sequence, scene, background) are not independent: intervals resample them together, and the
signed-rank test uses their mean.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from .bootstrap import LEVEL, MeanEstimate, few_groups_factor, student_quantile

__all__ = ["POWER", "detectable_difference", "group_means", "holm", "images_needed", "signed_rank"]

POWER = 0.8
"""Probability with which a "detectable" difference is detected."""

MOST_GROUPS = 10**9
"""Largest number of groups considered; a larger answer would be useless."""

Name = TypeVar("Name", bound=Hashable)


def group_means(values: NDArray[np.float64], groups: Sequence[str]) -> NDArray[np.float64]:
    """The mean of each group, in order of first appearance; `""` is a group of its own.

    >>> group_means(np.array([1.0, 3.0, 5.0]), ["a", "a", ""])
    array([2., 5.])
    """
    names = [group or f"\0{index}" for index, group in enumerate(groups)]
    members: dict[str, list[float]] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        members.setdefault(name, []).append(value)
    return np.array([math.fsum(each) / len(each) for each in members.values()])


def signed_rank(differences: NDArray[np.float64], groups: Sequence[str] | None = None) -> float | None:
    """Two-sided p value of Wilcoxon's signed-rank test, exact where possible.

    Args:
        differences: one per image, possibly infinite; infinite ones rank highest.
        groups: group of each image; each group enters with its mean. `None`: every image is a group of its own.

    Returns:
        `None` without differences, 1 if all are zero.

    References:
        Wilcoxon 1945; zeros are dropped as Wilcoxon did. Exact for up to 50 untied differences, as SciPy does.
    """
    values = differences if groups is None else group_means(differences, groups)
    values = values[~np.isnan(values)]
    if not values.size:
        return None
    if not np.any(values):
        return 1.0
    from scipy.stats import wilcoxon  # pyright: ignore[reportUnknownVariableType] -- SciPy has no types

    result = cast("Any", wilcoxon(values))
    return float(result.pvalue)


def holm(p_values: Mapping[Name, float]) -> dict[Name, float]:
    """Adjust the p values of a family of tests, so that a 5 % threshold bounds the probability of any false positive.

    References:
        Holm, A simple sequentially rejective multiple test procedure, 1979.

    >>> holm({"psnr": 0.01, "ssim": 0.04, "lpips": 0.03})
    {'psnr': 0.03, 'lpips': 0.06, 'ssim': 0.06}
    """
    ordered = sorted(p_values.items(), key=lambda item: item[1])
    adjusted: dict[Name, float] = {}
    largest = 0.0
    for index, (name, p) in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - index) * p))
        adjusted[name] = largest
    return adjusted


def detectable_difference(estimate: MeanEstimate, *, level: float = LEVEL, power: float = POWER) -> float | None:
    """Smallest true difference of means that these images detect with the given power.

    Returns:
        The difference in the metric's unit; `None` for too few groups.

    References:
        Student's t approximation: (t(1 - alpha/2), widened as the interval is, + t(power)) times the standard error.
    """
    if not estimate.has_interval:
        return None
    return _reach(estimate.effective_groups - 1, level, power) * estimate.standard_error


def images_needed(
    estimate: MeanEstimate, difference: float, *, level: float = LEVEL, power: float = POWER
) -> int | None:
    """Number of similar images, in similar groups, needed to detect a true difference with the given power.

    Args:
        estimate: estimate of the mean paired difference.
        difference: the difference to detect; positive, in the metric's unit.
        level: confidence level of the interval that must exclude zero.
        power: probability that it does.

    Returns:
        The number of images; `None` for too few groups to estimate their spread.
    """
    if not estimate.has_interval:
        return None
    effective, per_group = estimate.effective_groups, estimate.n / estimate.effective_groups
    spread = estimate.standard_error * math.sqrt(effective)
    low, high = 2, MOST_GROUPS
    while low < high:
        middle = (low + high) // 2
        if _reach(middle - 1, level, power) * spread / math.sqrt(middle) <= difference:
            high = middle
        else:
            low = middle + 1
    return math.ceil(low * per_group)


def _reach(freedom: float, level: float, power: float) -> float:
    """Distance from zero, in standard errors, of a difference detected with the given power."""
    interval = student_quantile((1 + level) / 2, freedom) * few_groups_factor(freedom + 1)
    return interval + student_quantile(power, freedom)
