from __future__ import annotations

import pytest
import torch
from restorebench.baselines.convir.filters import apply_filters
from torch.nn import functional


@pytest.mark.parametrize(("taps", "dilation"), [((3, 3), 2), ((1, 3), 4), ((3, 1), 1)])
def test_filters_are_a_dilated_depthwise_convolution_of_each_image(taps: tuple[int, int], dilation: int):
    x = torch.randn(2, 16, 9, 11, dtype=torch.float64)
    filters = torch.randn(2, 8, *taps, dtype=torch.float64)
    rows, columns = (count // 2 * dilation for count in taps)
    padded = functional.pad(x, (columns, columns, rows, rows), mode="reflect")
    for index in range(2):
        kernels = filters[index].repeat_interleave(2, 0)[:, None]  # channels 0 and 1 share the first filter
        expected = functional.conv2d(padded[index : index + 1], kernels, dilation=dilation, groups=16)
        found = apply_filters(x, filters, dilation)[index : index + 1]
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
