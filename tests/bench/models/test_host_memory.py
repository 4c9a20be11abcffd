"""NumPy gives what torch gives, to the bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from restorebench.bench.models.host_memory import copy_of, holds_only_finite, is_finite, planes_of
from torch import Tensor

IMAGES = torch.rand(2, 3, 5, 7)
EVERY_LEVEL = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)


def test_planes_are_those_of_torch():
    planes = planes_of(EVERY_LEVEL)
    expected = torch.from_numpy(EVERY_LEVEL).permute(2, 0, 1).unsqueeze(0) / torch.full((), 255.0)
    assert torch.equal(planes, expected)
    assert (planes.dtype, planes.is_contiguous()) == (torch.float32, True)


def test_planes_of_a_view():
    turned = EVERY_LEVEL[::-1, 3:9]
    assert torch.equal(planes_of(turned), planes_of(turned.copy()))


@pytest.mark.parametrize(
    "images",
    [IMAGES, IMAGES[..., 1:], IMAGES.double(), IMAGES.half(), IMAGES.to(memory_format=torch.channels_last)],
    ids=["contiguous", "cropped", "double", "half", "channels last"],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("layout", [torch.preserve_format, torch.contiguous_format, torch.channels_last])
def test_a_copy_is_that_of_torch_and_its_own(images: Tensor, dtype: torch.dtype, layout: torch.memory_format):
    before = images.clone()
    copied, expected = copy_of(images, dtype, layout), images.to(dtype, memory_format=layout, copy=True)
    assert torch.equal(copied, expected)
    assert (copied.dtype, copied.stride()) == (expected.dtype, expected.stride())
    copied.zero_()
    assert torch.equal(images, before)


def test_gradients_pass_through_a_copy():
    images = IMAGES.clone().requires_grad_()
    copy_of(images * 2, torch.float32).sum().backward()
    assert images.grad is not None
    assert torch.equal(images.grad, torch.full_like(images, 2))


@pytest.mark.parametrize("value", [0.5, 1e30, -1e30, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_values_that_no_image_has_are_seen(value: float, dtype: torch.dtype):
    images = IMAGES.to(dtype)
    images[1, 2, 3, 4] = value
    assert holds_only_finite(images) is bool(is_finite(images)) is math.isfinite(value)
    assert holds_only_finite(images[..., :4]) is True
