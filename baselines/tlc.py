"""Test-time local converter (TLC): replaces global average pooling by a sliding mean of the training size.

Chu et al., Improving Image Restoration by Revisiting Global Information Aggregation, ECCV 2022, arXiv
2112.04491, in the form of the official NAFNetLocal.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["extend_to", "kernel_size", "local_mean"]


def kernel_size(train_size: int, level: int) -> int:
    """Side of the window at a level of a U-net that halves the size at each level.

    The window is 1.5 times the training patch, at the level's resolution.

    >>> [kernel_size(256, level) for level in range(5)]
    [384, 192, 96, 48, 24]
    """
    return (train_size >> level) * int(1.5 * train_size) // train_size


def local_mean(x: Tensor, kernel: int) -> Tensor:
    """Mean over every `kernel` x `kernel` window inside (N, C, H, W).

    A window that covers both dimensions gives the global mean (N, C, 1, 1); one that covers a single dimension is
    cropped to it. Otherwise the result is (N, C, H - kernel + 1, W - kernel + 1). Windows are computed from one
    integral image, accumulated in float32 (float64 for float64 images).
    """
    height, width = x.shape[-2:]
    if kernel >= height and kernel >= width:
        return x.mean((2, 3), keepdim=True)
    rows, columns = min(kernel, height), min(kernel, width)
    integral = functional.pad(x if x.dtype == torch.float64 else x.float(), (1, 0, 1, 0)).cumsum_(3).cumsum_(2)
    below, above = integral[:, :, rows:], integral[:, :, : height + 1 - rows]
    left, right = slice(width + 1 - columns), slice(columns, None)
    total = (below[..., right] + above[..., left]).sub_(above[..., right]).sub_(below[..., left])
    return total.div_(rows * columns).to(x.dtype)


def extend_to(means: Tensor, height: int, width: int) -> Tensor:
    """Repeat the border of local means up to the size of the original image.

    A global mean (N, C, 1, 1) is returned unchanged, since it broadcasts.
    """
    rows, columns = height - means.shape[2], width - means.shape[3]
    if means.shape[2:] == (1, 1) or not (rows or columns):
        return means
    border = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return functional.pad(means, border, mode="replicate")
