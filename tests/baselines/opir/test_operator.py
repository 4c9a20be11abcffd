"""The inverse operator against the convolution that it abbreviates."""

from __future__ import annotations

import pytest
import torch
from restorebench.baselines.opir import InverseOperator
from torch import Tensor
from torch.nn import functional


def filter_densely(image: Tensor, kernels: Tensor) -> Tensor:
    """Apply a kernel for each pixel, (N, side, side, H, W), to (N, C, H, W) with repeated borders."""
    side, (height, width) = kernels.shape[1], image.shape[2:]
    patches = functional.unfold(functional.pad(image, (side // 2,) * 4, mode="replicate"), side)
    patches = patches.view(len(image), image.shape[1], side, side, height, width)
    return torch.einsum("ncijhw,nijhw->nchw", patches, kernels)


def test_is_a_kernel_for_each_pixel() -> None:
    operator = InverseOperator(3, 5).double()
    image, mixing = torch.rand(2, 3, 6, 7, dtype=torch.float64), torch.randn(2, 3, 6, 7, dtype=torch.float64)
    kernels = torch.einsum("nrhw,ri,rj->nijhw", mixing, operator.columns, operator.rows)
    torch.testing.assert_close(operator.kernels(mixing), kernels)
    torch.testing.assert_close(operator(image, mixing), filter_densely(image, kernels))


@pytest.mark.parametrize("scales", [1, 2, 4])
def test_several_scales_equal_the_dense_convolution(scales: int) -> None:
    operator = InverseOperator(4, 3, scales).double()
    image, mixing = torch.rand(2, 3, 9, 11, dtype=torch.float64), torch.randn(2, 4, 9, 11, dtype=torch.float64)
    kernels = operator.kernels(mixing)
    assert kernels.shape[1] == {1: 3, 2: 5, 4: 17}[scales]
    torch.testing.assert_close(operator(image, mixing), filter_densely(image, kernels))


def test_a_scale_has_its_taps_apart() -> None:
    operator = InverseOperator(2, 3, 2)
    with torch.no_grad():
        operator.columns.copy_(torch.tensor([[0.0, 1.0, 0.0], [1.0, 2.0, 3.0]]))
        operator.rows.copy_(torch.tensor([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]))
    mixing = torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)
    kernel = operator.kernels(mixing).squeeze()
    assert kernel[:, 2].tolist() == [1, 0, 2, 0, 3]
    assert kernel.sum() == 6


@pytest.mark.parametrize("scales", [1, 2])
def test_untrained_is_the_identity_for_the_first_mixing(scales: int) -> None:
    image, mixing = torch.rand(1, 3, 9, 8), torch.zeros(1, 4, 9, 8)
    mixing[:, 0] = 1
    torch.testing.assert_close(InverseOperator(4, 7, scales)(image, mixing), image)
