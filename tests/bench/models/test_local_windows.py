from __future__ import annotations

import numpy as np
import pytest
import torch
from restorebench.baselines.transposed_attention import TransposedAttention
from restorebench.bench.models.local_windows import (
    LocalInstanceNorm2d,
    aggregate_by_windows,
    extend_to,
    local_mean,
    of_local_mean,
)
from scipy import ndimage
from torch import nn
from torch.nn import functional


@pytest.mark.parametrize(("height", "width", "side"), [(20, 17, 6), (20, 5, 6), (5, 20, 6), (7, 7, 6), (9, 8, 1)])
def test_local_mean_is_the_mean_of_each_window(height: int, width: int, side: int):
    x = torch.rand(2, 3, height, width, dtype=torch.float64)
    expected = functional.avg_pool2d(x, (min(side, height), min(side, width)), stride=1)
    torch.testing.assert_close(local_mean(x, (side, side)), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("window", [(7, 7), (5, 9)])
def test_each_pixel_inside_has_the_mean_around_it(window: tuple[int, int]):
    x = torch.rand(1, 1, 24, 31, dtype=torch.float64)
    local = of_local_mean(x, window, lambda means: means)[0, 0].numpy()
    around = ndimage.uniform_filter(x[0, 0].numpy(), window, mode="nearest")  # pyright: ignore[reportArgumentType] -- its stub knows one side for all axes alone
    rows, columns = window[0] // 2, window[1] // 2
    inside = (slice(rows, -rows), slice(columns, -columns))
    np.testing.assert_allclose(local[inside], around[inside], rtol=0, atol=1e-13)
    assert (local[: rows + 1] == local[rows]).all()


def test_a_window_over_the_whole_image_is_the_global_mean():
    x = torch.rand(1, 2, 6, 5)
    assert local_mean(x, (6, 6)).shape == (1, 2, 1, 1)
    torch.testing.assert_close(local_mean(x, (6, 6)), x.mean((2, 3), keepdim=True))
    assert extend_to(local_mean(x, (6, 6)), 6, 5).shape == (1, 2, 1, 1)


def test_the_border_is_repeated_more_on_the_far_side():
    means = torch.arange(6.0).view(1, 1, 2, 3)
    extended = extend_to(means, 5, 6)
    assert extended.shape == (1, 1, 5, 6)
    assert extended[0, 0, :, 1].tolist() == [0, 0, 3, 3, 3]
    assert extended[0, 0, 0].tolist() == [0, 0, 1, 2, 2, 2]


def test_integral_images_survive_half_precision():
    x = torch.full((1, 1, 300, 300), 0.7, dtype=torch.bfloat16)
    assert (local_mean(x, (100, 100)) == x[0, 0, 0, 0]).all()


# --- normalisation


@pytest.mark.parametrize("affine", [True, False])
def test_each_pixel_is_normalised_by_its_window(*, affine: bool):
    norm = nn.InstanceNorm2d(2, affine=affine)
    local = LocalInstanceNorm2d(norm)
    local.window = (5, 7)
    if affine:
        nn.init.uniform_(norm.weight, 0.5, 2)
        nn.init.uniform_(norm.bias, -1, 1)
    x = torch.rand(1, 2, 13, 16)
    normal = local(x)
    for row, column in [(2, 3), (6, 8), (10, 12)]:
        around = x[..., row - 2 : row + 3, column - 3 : column + 4]
        torch.testing.assert_close(normal[..., row, column], norm(around)[..., 2, 3], rtol=0, atol=1e-5)


@pytest.mark.parametrize("window", [None, (13, 16), (20, 20)])
def test_a_map_within_the_window_is_normalised_as_before(window: tuple[int, int] | None):
    norm = nn.InstanceNorm2d(2, affine=True)
    local = LocalInstanceNorm2d(norm)
    local.window = window
    x = torch.rand(2, 2, 13, 16)
    assert torch.equal(local(x), norm(x))
    assert [*local.state_dict()] == [*norm.state_dict()]


def test_a_flat_map_far_from_zero_does_not_become_noise():
    local = LocalInstanceNorm2d(nn.InstanceNorm2d(1))
    local.window = (16, 16)
    x = 1000 + torch.rand(1, 1, 200, 200)
    expected = LocalInstanceNorm2d(nn.InstanceNorm2d(1))
    expected.window = (16, 16)
    torch.testing.assert_close(local(x), expected(x.double()).float(), rtol=0, atol=1e-2)


# --- attention


def test_attention_over_windows_side_by_side_is_attention_to_each():
    attention = TransposedAttention(8, 2).eval()
    qkv = torch.rand(1, 24, 12, 16)
    with torch.no_grad():
        local = aggregate_by_windows(qkv, (12, 8), attention._attend)
        each = [attention._attend(half) for half in qkv.chunk(2, 3)]
    torch.testing.assert_close(local, torch.cat(each, 3), rtol=0, atol=1e-7)


def test_overlapping_windows_are_averaged():
    x = torch.arange(10.0).expand(1, 1, 2, 10)
    local = aggregate_by_windows(x, (2, 6), lambda part: part.mean((2, 3), keepdim=True).expand_as(part))
    assert local[0, 0, 0].tolist() == [2.5] * 4 + [4.5] * 2 + [6.5] * 4


@pytest.mark.parametrize("window", [None, (12, 16), (30, 30)])
def test_attention_to_a_map_within_the_window_is_as_before(window: tuple[int, int] | None):
    attention = TransposedAttention(8, 2).eval()
    x = torch.rand(2, 8, 12, 16)
    with torch.no_grad():
        expected = attention(x)
        attention.window = window
        assert torch.equal(attention(x), expected)
