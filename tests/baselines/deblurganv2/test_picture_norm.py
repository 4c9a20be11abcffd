from __future__ import annotations

import pytest
import torch
from restorebench.baselines.deblurganv2.picture_norm import PictureBatchNorm2d, PictureInstanceNorm2d
from torch import nn


def trained(norm: nn.Module) -> nn.Module:
    with torch.no_grad():
        for tensor in norm.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
    return norm


@pytest.mark.parametrize("kind", [PictureBatchNorm2d, PictureInstanceNorm2d])
def test_evaluation_is_training_of_one_picture(kind: type[nn.Module]):
    norm, x = trained(kind(6)), torch.randn(3, 6, 5, 7)
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    with torch.no_grad():
        together = norm.eval()(x)
        assert all(torch.equal(value, before[name]) for name, value in norm.state_dict().items())
        norm.train()
        alone = torch.cat([norm(picture) for picture in x.split(1)])
    torch.testing.assert_close(together, alone)


def test_batch_statistics_are_those_of_torch_in_training():
    norm, reference, x = PictureBatchNorm2d(6), nn.BatchNorm2d(6), torch.randn(3, 6, 5, 7)
    torch.testing.assert_close(norm(x), reference(x))
    torch.testing.assert_close(norm.running_var, reference.running_var)
