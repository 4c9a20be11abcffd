from __future__ import annotations

import torch
from restorebench.baselines.mlwnet.wavelets import LearnableWavelet


def test_the_transform_starts_as_haars():
    image = torch.rand(1, 1, 6, 8)
    upper, lower = image[0, 0, ::2], image[0, 0, 1::2]
    top, bottom = (upper[:, ::2], upper[:, 1::2]), (lower[:, ::2], lower[:, 1::2])
    mean, across = top[0] + top[1] + bottom[0] + bottom[1], top[0] + top[1] - bottom[0] - bottom[1]
    along = top[0] - top[1] + bottom[0] - bottom[1]
    diagonal = top[0] - top[1] - bottom[0] + bottom[1]
    bands = LearnableWavelet(1).wavedec(image)[0]
    torch.testing.assert_close(bands, torch.stack((mean, across, along, diagonal)) / 2, rtol=0, atol=1e-6)


def test_the_initial_transform_can_be_inverted():
    node, x = LearnableWavelet(3), torch.rand(2, 3, 8, 6)
    torch.testing.assert_close(node.waverec(node.wavedec(x)), x, rtol=0, atol=1e-6)


def test_bands_follow_one_another():
    node, x = LearnableWavelet(2), torch.rand(1, 2, 4, 4)
    x[:, 1] = 0.25
    low, *details = node.wavedec(x).chunk(4, dim=1)
    torch.testing.assert_close(low[:, 1], torch.full((1, 2, 2), 0.5))
    for detail in details:
        torch.testing.assert_close(detail[:, 1], torch.zeros(1, 2, 2))
        assert detail[:, 0].abs().sum() > 0


def test_one_filter_under_two_keys_is_one_parameter():
    node = LearnableWavelet(1).double()
    assert node.dec_lo is node.wavedec.dec_lo
    assert node.rec_hi is node.waverec.rec_hi
