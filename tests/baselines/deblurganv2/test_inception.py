from __future__ import annotations

import torch
from restorebench.baselines.deblurganv2.inception import inception


def test_the_paddings_restore_powers_of_two():
    backbone = inception()
    x = torch.rand(1, 3, 128, 160)
    backbone.network.eval()
    with torch.inference_mode():
        for index, level in enumerate(backbone.levels):
            x = level.layers(x)
            left, right, top, bottom = level.padding
            size = (x.shape[2] + top + bottom, x.shape[3] + left + right)
            assert size == (64 >> index, 80 >> index)
            assert x.shape[1] == level.channels
