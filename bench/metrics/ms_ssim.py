"""Multi-scale SSIM.

Wang, Simoncelli, Bovik, "Multiscale structural similarity for image quality assessment", Asilomar 2003, as
VainF/pytorch-msssim 1.0.0 computes it: contrast and structure at scales 1 to 4, full SSIM at scale 5, each not below 0.
Here in float64. An odd side is pooled with one row of zeros in front, which darkens the border and is part of the
number; MATLAB's and TensorFlow's versions agree with it where every scale has even sides.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image
from ..errors import MetricUnavailableError
from .colour import luma
from .images import COLOUR_NDIM, to_colour
from .quantise import quantise
from .windows import gaussian_taps

if TYPE_CHECKING:
    from .scored_pair import ScoredPair

__all__ = ["measure_ms_ssim", "measure_ms_ssim_y", "ms_ssim"]

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
TAPS = gaussian_taps(11, 1.5)
SMALLEST = (len(TAPS) - 1) * 2 ** (len(WEIGHTS) - 1)
"""Pixels that the smaller side must exceed, so that the window fits at the last scale."""

_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ms_ssim(restored: NDArray[Any], target: NDArray[Any]) -> float:
    """Mean over the channels of their multi-scale similarity; 1 for identical images.

    Args:
        restored: (H, W) or (H, W, C), 0..255, of any number type.
        target: the same.

    Raises:
        MetricUnavailableError: a side has 160 pixels or fewer.
    """
    if min(target.shape[:2]) <= SMALLEST:
        raise MetricUnavailableError(
            f"MS-SSIM needs an image of more than {SMALLEST}x{SMALLEST} pixels, and this one has"
            f" {target.shape[0]}x{target.shape[1]}."
        )
    planes = [np.moveaxis(np.atleast_3d(image).astype(np.float64), -1, 0) for image in (restored, target)]
    return math.fsum(_plane(x, y) for x, y in zip(*planes, strict=True)) / len(planes[0])


def measure_ms_ssim(pair: ScoredPair) -> float:
    """MS-SSIM of RGB."""
    return ms_ssim(*(_levels(image) for image in (pair.scored, pair.target)))


def measure_ms_ssim_y(pair: ScoredPair) -> float:
    """MS-SSIM of the unrounded limited-range luma of the 8-bit images."""
    scored: UInt8Image = pair.scored if pair.scored.dtype == np.uint8 else quantise(pair.scored, "half-even")
    images = (scored, pair.target)
    return ms_ssim(*(luma(image, "y") if image.ndim == COLOUR_NDIM else image for image in images))


def _levels(image: NDArray[Any]) -> NDArray[Any]:
    colour = to_colour(image)
    return colour if colour.dtype == np.uint8 else colour.astype(np.float64) * 255


def _plane(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    product = 1.0
    for scale, weight in enumerate(WEIGHTS, start=1):
        similarity, contrast = _similarities(x, y)
        product *= max(0.0, similarity if scale == len(WEIGHTS) else contrast) ** weight
        x, y = _halve(x), _halve(y)
    return product


def _similarities(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Means of SSIM and of its contrast and structure term, over the windows that lie inside."""
    mean_x, mean_y = _filter(x), _filter(y)
    square_x, square_y, cross = mean_x * mean_x, mean_y * mean_y, mean_x * mean_y
    variances = _filter(x * x) - square_x + _filter(y * y) - square_y
    contrast = (2 * (_filter(x * y) - cross) + _C2) / (variances + _C2)
    luminance = (2 * cross + _C1) / (square_x + square_y + _C1)
    return float((luminance * contrast).mean()), float(contrast.mean())


def _filter(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy import ndimage

    filters: Any = ndimage  # scipy leaves its types open
    margin = len(TAPS) // 2
    rows = filters.correlate1d(plane, TAPS, axis=0)[margin:-margin]
    return np.asarray(filters.correlate1d(rows, TAPS, axis=1)[:, margin:-margin], np.float64)


def _halve(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of 2x2 pixels; an odd side gets one line of zeros in front."""
    height, width = plane.shape
    padded = np.pad(plane, ((height % 2, 0), (width % 2, 0)))
    return padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2).mean((1, 3))
