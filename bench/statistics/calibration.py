"""Calibration of predicted errors: whether errors are as large as they were predicted to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import UsageError

__all__ = ["Calibration", "CalibrationBin", "calibrate"]


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Pixels with similar predicted errors."""

    count: int
    predicted: float
    """Mean of the predicted absolute errors."""

    actual: float
    """Mean of the actual absolute errors."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Predicted against actual errors, in bins of rising predictions."""

    bins: tuple[CalibrationBin, ...]

    @property
    def ratio(self) -> float:
        """Actual over predicted error, over all bins: above 1, predictions are too confident."""
        return self._actual / sum(each.count * each.predicted for each in self.bins)

    @property
    def error(self) -> float:
        """Mean distance between predicted and actual error of a bin, weighted by count, over the mean actual error.

        0 is perfect; it is an expected calibration error for regression (Levi, Gispan, Giladi, Fetaya: Evaluating and
        Calibrating Uncertainty Prediction in Regression Tasks, Sensors 2022, with absolute errors), relative to the
        mean error instead of to each bin's prediction.
        """
        return sum(each.count * abs(each.actual - each.predicted) for each in self.bins) / self._actual

    @property
    def _actual(self) -> float:
        return sum(each.count * each.actual for each in self.bins)


def calibrate(predicted: ArrayLike, actual: ArrayLike, *, bins: int = 10) -> Calibration:
    """Sort pixels by predicted error, cut them into bins of equal count, and average both errors in each.

    Args:
        predicted: predicted mean absolute errors, of any shape, positive.
        actual: actual errors of the same shape, of either sign.
        bins: number of bins.

    Raises:
        UsageError: the shapes differ, a prediction is not positive, or there are fewer pixels than bins.
    """
    expected, found = (np.asarray(values, np.float64) for values in (predicted, actual))
    if expected.shape != found.shape:
        raise UsageError(f"Predicted errors {expected.shape} and actual errors {found.shape} differ in shape.")
    if not 1 <= bins <= expected.size:
        raise UsageError(f"{expected.size} errors cannot be cut into {bins} bins: choose from 1 to {expected.size}.")
    if not (expected > 0).all():
        raise UsageError("Predicted errors must be positive.")
    order = np.argsort(expected, axis=None, kind="stable")
    parts = np.array_split(order, bins)
    return Calibration(tuple(_bin(expected.ravel()[part], np.abs(found.ravel()[part])) for part in parts))


def _bin(predicted: NDArray[np.float64], actual: NDArray[np.float64]) -> CalibrationBin:
    return CalibrationBin(len(predicted), float(predicted.mean()), float(actual.mean()))
