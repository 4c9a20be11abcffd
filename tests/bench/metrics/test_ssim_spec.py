from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from restorebench.bench.errors import UsageError
from restorebench.bench.metrics.ssim_spec import SsimSpec


def test_the_formula_in_words():
    assert SsimSpec().describe("255") == (
        "11x11 Gaussian sigma=1.5, each channel by itself; valid windows only; "
        "C1=(0.01·255)², C2=(0.03·255)²; mean of the map"
    )
    spec = SsimSpec("uniform", 7, border="replicate", over_channels=True, data_range=2.0, sample_covariance=True)
    assert spec.describe("1") == (
        "7x7x7 uniform over rows, columns and channels; replicate border, full map; "
        "C1=(0.01·2·1)², C2=(0.03·2·1)²; sample covariance n/(n-1); mean of the map"
    )


@pytest.mark.parametrize("spec", [SsimSpec(), SsimSpec(size=7, sigma=0.5), SsimSpec("uniform", 7)])
def test_taps_are_symmetric_and_sum_to_one(spec: SsimSpec):
    taps = spec.taps()
    assert len(taps) == spec.size
    assert taps.sum() == pytest.approx(1, abs=1e-15)
    assert np.array_equal(taps, taps[::-1])
    assert taps.argmax() in (0, spec.size // 2)


def test_float32_exists_in_the_two_forms_that_sources_have():
    SsimSpec(border="zeros", arithmetic="float32")
    SsimSpec(border="replicate", over_channels=True, arithmetic="float32")
    zeros = SsimSpec(border="zeros")
    for spec in (SsimSpec(), replace(zeros, window="uniform"), replace(zeros, downsample=True)):
        with pytest.raises(UsageError, match="SSIM in float32 exists"):
            replace(spec, arithmetic="float32")
