from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.metrics.windows import TileFilter, fold_onto_channels, gaussian_taps, uniform_taps
from scipy import ndimage
from scipy.signal import windows


def test_gaussian_taps_are_those_of_scipy():
    window = windows.gaussian(11, 1.5)
    assert gaussian_taps(11, 1.5) == pytest.approx(window / window.sum(), abs=1e-15)
    assert uniform_taps(7) == pytest.approx([1 / 7] * 7)


@given(st.integers(1, 40), st.integers(1, 50), st.sampled_from([3, 7, 11]))
def test_a_tile_is_filtered_as_scipy_filters_it(rows: int, columns: int, size: int):
    taps = gaussian_taps(size, 1.5)
    stack = np.random.default_rng(rows * 100 + columns).random((2, rows + size - 1, columns + size - 1))
    filtering = TileFilter(taps, 2, rows, columns)
    filtering.inputs[:, : stack.shape[1], : stack.shape[2]] = stack
    found = filtering.apply()[:, :rows, :columns]
    for plane, expected in zip(found, stack, strict=True):
        once = ndimage.correlate1d(ndimage.correlate1d(expected, taps, 0), taps, 1)
        margin = size // 2
        np.testing.assert_allclose(plane, once[margin : margin + rows, margin : margin + columns], rtol=0, atol=1e-13)


def test_folding_onto_channels_is_a_window_over_replicated_channels():
    taps, values = gaussian_taps(11, 1.5), np.array([0.2, 0.5, 0.9])
    expected = ndimage.correlate1d(values, taps, mode="nearest")
    assert fold_onto_channels(taps, 3) @ values == pytest.approx(expected, abs=1e-15)
    assert fold_onto_channels(taps, 3).sum(axis=1) == pytest.approx([1, 1, 1])
