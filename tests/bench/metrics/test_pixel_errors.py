from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from restorebench.bench.metrics.registry import open_metric
from restorebench.bench.protocols.protocol import get_protocol


def scores(restored: np.ndarray, target: np.ndarray) -> dict[str, float | None]:
    metrics = [open_metric(name) for name in ("mae", "rmse")]
    return dict(get_protocol("rgb@1").with_metrics(metrics).prepare().score(restored, target).metrics)


def test_errors_are_in_grey_levels():
    target = np.full((20, 20, 3), 100, np.uint8)
    restored = target.copy()
    restored[:10] += 3
    found = scores(restored, target)
    assert found["mae"] == pytest.approx(1.5, abs=1e-5)
    assert found["rmse"] == pytest.approx(math.sqrt(4.5), abs=1e-5)
    assert scores(target, target)["mae"] == scores(target, target)["rmse"] == 0


def test_they_agree_with_numpy_and_with_psnr():
    restored, target = photograph(0), photograph(1)
    found = scores(restored, target)
    difference = restored.astype(np.float64) - target
    assert found["mae"] == pytest.approx(np.abs(difference).mean(), abs=1e-4)
    assert found["rmse"] == pytest.approx(np.sqrt((difference**2).mean()), abs=1e-4)
    assert found["psnr"] == pytest.approx(20 * math.log10(255 / (found["rmse"] or 0)), abs=1e-5)
