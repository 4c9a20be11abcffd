"""Calibration of errors whose distribution is known."""

from __future__ import annotations

import numpy as np
import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.statistics.calibration import calibrate


def laplace_errors(count: int = 40_000) -> tuple[np.ndarray, np.ndarray]:
    """Scales from 0.01 to 1, and an error with each; the mean of |e| is the scale."""
    rng = np.random.default_rng(0)
    scale = 10 ** rng.uniform(-2, 0, (count,))
    return scale, rng.laplace(0, scale)


def test_true_scales_are_calibrated() -> None:
    calibration = calibrate(*laplace_errors(), bins=8)
    assert [each.count for each in calibration.bins] == [5000] * 8
    for each in calibration.bins:
        assert each.actual == pytest.approx(each.predicted, rel=0.06)
    assert calibration.ratio == pytest.approx(1, abs=0.02)
    assert calibration.error < 0.04


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_wrong_scales_show_by_how_much(factor: float) -> None:
    scale, errors = laplace_errors()
    calibration = calibrate(scale * factor, errors)
    assert calibration.ratio == pytest.approx(1 / factor, rel=0.02)
    assert calibration.error == pytest.approx(abs(1 - factor), rel=0.06)


def test_a_constant_prediction_is_calibrated_but_an_inverted_one_is_not() -> None:
    """Right on average and right in every bin are two things."""
    scale, errors = laplace_errors()
    inverted = 0.01 / scale
    inverted *= scale.mean() / inverted.mean()
    calibration = calibrate(inverted, errors)
    assert calibration.ratio == pytest.approx(1, abs=0.02)
    assert calibration.error > 0.5
    assert calibrate(np.full(errors.shape, np.abs(errors).mean()), errors, bins=1).error == pytest.approx(0)


def test_bins_are_of_rising_predictions_by_hand() -> None:
    calibration = calibrate([[4.0, 1.0], [2.0, 3.0]], [[-8.0, 1.0], [2.0, -3.0]], bins=2)
    assert [(each.count, each.predicted, each.actual) for each in calibration.bins] == [(2, 1.5, 1.5), (2, 3.5, 5.5)]
    assert calibration.ratio == 14 / 10
    assert calibration.error == 4 / 14


def test_nonsense_is_refused() -> None:
    with pytest.raises(UsageError, match="differ in shape"):
        calibrate([1.0], [1.0, 2.0])
    with pytest.raises(UsageError, match="2 errors cannot be cut into 10 bins"):
        calibrate([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(UsageError, match="must be positive"):
        calibrate([0.0, 1.0], [1.0, 2.0], bins=1)
