"""Calibration of a network whose first stage and map are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from helpers.memory_dataset import MemoryImage
from restorebench.baselines.opir import opir_nano
from restorebench.baselines.opir.calibration import calibrate_uncertainty
from restorebench.bench.contracts import ImagePair


def test_a_known_map_over_known_errors() -> None:
    """The untrained operator passes the image on; targets are off by 51/255 = 0.2 in all colours."""
    network: Any = opir_nano.build(task="none").eval()
    with torch.no_grad():
        network.ending.weight.zero_()
        network.ending.bias.zero_()
        network.ending.bias[-1] = np.log((0.1 - 1 / 1020) / 0.02)
    image = np.full((8, 12, 3), 100, np.uint8)
    pair = ImagePair("a", MemoryImage("a", image), MemoryImage("b", image + 51))
    calibration = calibrate_uncertainty(network, [pair, pair], bins=4)
    assert [each.count for each in calibration.bins] == [48] * 4
    for each in calibration.bins:
        assert each.predicted == pytest.approx(0.1, rel=1e-5)
        assert each.actual == pytest.approx(0.2, rel=1e-5)
    assert calibration.ratio == pytest.approx(2, rel=1e-5)
