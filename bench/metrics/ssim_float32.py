"""SSIM in the float32 arithmetic of the two sources that compute it so.

Stripformer's and DeblurGAN-v2's `util/metrics.py`: per channel, on images in [0, 1], by a 2-D convolution.
NAFNet's and HINet's `basicsr/metrics/psnr_ssim.py`: over rows, columns and channels, on 0..255, by a 3-D one.

Not for measuring: the 3-D form is two hundred times slower than `ssim`, and float32 cancels where an image is flat
(a constant image against another scores 1.002). It is here to tell the sources' rounding from a mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from .ssim_spec import SsimSpec

__all__ = ["ssim_float32"]


def ssim_float32(restored: NDArray[Any], target: NDArray[Any], spec: SsimSpec, peak: float) -> float:
    """Mean SSIM of one of the two forms; arguments as in `ssim`."""
    import torch

    with torch.inference_mode():
        x, y = (_as_tensor(image) for image in (restored, target))
        if spec.over_channels:
            return _mean_ssim(x[None], y[None], _filter_3d(spec), spec.data_range * peak)
        return _mean_ssim(x / peak, y / peak, _filter_2d(spec, channels=x.shape[1]), spec.data_range)


def _mean_ssim(x: Tensor, y: Tensor, mean: Callable[[Tensor], Tensor], length: float) -> float:
    c1, c2 = (0.01 * length) ** 2, (0.03 * length) ** 2
    mean_x, mean_y = mean(x), mean(y)
    square_x, square_y, cross = mean_x * mean_x, mean_y * mean_y, mean_x * mean_y
    variance_x, variance_y = mean(x * x) - square_x, mean(y * y) - square_y
    covariance = mean(x * y) - cross
    numerator = (2 * cross + c1) * (2 * covariance + c2)
    return float((numerator / ((square_x + square_y + c1) * (variance_x + variance_y + c2))).mean())


def _filter_3d(spec: SsimSpec) -> Callable[[Tensor], Tensor]:
    """Replicated border in three dimensions; the window is a float64 product, rounded once."""
    import torch
    from torch.nn.functional import conv3d, pad

    taps = torch.from_numpy(spec.taps())  # pyright: ignore[reportUnknownMemberType] -- torch leaves its signature open
    window = (taps[:, None, None] * taps[:, None] * taps).float()[None, None]
    padding = (spec.size // 2,) * 6
    return lambda volume: conv3d(pad(volume, padding, mode="replicate"), window)


def _filter_2d(spec: SsimSpec, *, channels: int) -> Callable[[Tensor], Tensor]:
    """Zero border; the window is a product of taps that were rounded to float32 before they were normalised."""
    import torch
    from torch.nn.functional import conv2d

    exponentials = torch.from_numpy(spec.taps() / spec.taps().max()).float()  # pyright: ignore[reportUnknownMemberType] -- as above
    taps = exponentials / exponentials.sum()
    window = (taps[:, None] * taps).expand(channels, 1, -1, -1).contiguous()
    return lambda planes: conv2d(planes, window, padding=spec.size // 2, groups=channels)


def _as_tensor(image: NDArray[Any]) -> Tensor:
    """(1, C, H, W) float32."""
    import torch

    planes = np.moveaxis(np.atleast_3d(image), -1, 0).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(planes))[None]  # pyright: ignore[reportUnknownMemberType] -- as above
