"""Mean absolute error and root mean squared error, in grey levels of 255."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .card import MetricCard
from .metric import Metric

__all__ = ["MAE", "RMSE", "mean_absolute_error", "root_mean_squared_error"]


def mean_absolute_error(restored: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Mean of |x - y| over pixels and channels, 0 to 255, of images in [0, 1]."""
    return 255 * float(np.abs(restored - target).mean(dtype=np.float64))


def root_mean_squared_error(restored: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Root of the mean of (x - y)² over pixels and channels, 0 to 255, of images in [0, 1]."""
    return 255 * float(np.square(restored - target).mean(dtype=np.float64)) ** 0.5


_ALIKE = "RGB, uncropped, whatever the protocol's colour space: the MAE and RMSE of shadow removal papers are of Lab."

MAE = Metric(
    name="mae",
    title="MAE",
    digits=2,
    higher_is_better=False,
    lowest=0.0,
    highest=255.0,
    compute=mean_absolute_error,
    card=MetricCard(
        source="mean of |x - y| over pixels and channels, in grey levels of 255, per image",
        hundredth="A hundredth of a grey level: rounding to 8 bits alone adds up to a quarter of one.",
        notes=(_ALIKE,),
    ),
)

RMSE = Metric(
    name="rmse",
    title="RMSE",
    digits=2,
    higher_is_better=False,
    lowest=0.0,
    highest=255.0,
    compute=root_mean_squared_error,
    card=MetricCard(
        source="root of the mean of (x - y)² over pixels and channels, in grey levels of 255, per image",
        hundredth="At 30 dB, where RMSE is 8.06, 0.01 dB of PSNR.",
        notes=(_ALIKE, "The mean over images is the mean of roots, not the root of the mean."),
    ),
)
