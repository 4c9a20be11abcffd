"""NIQE, the distance of an image's local statistics from those of pristine photographs; it needs no target.

Mittal, Soundararajan, Bovik, "Making a 'Completely Blind' Image Quality Analyzer", IEEE Signal Processing Letters
20(3), 2013, as XPixelGroup/BasicSR `basicsr/metrics/niqe.py` (commit 8d56e3a0, Apache-2.0) computes it, whose model of
pristine photographs is in `data/niqe_pris_params.npz`.

The number is ill-conditioned where an image is flat or saturated: there the sign of a rounding error of 1e-14 decides
whether a sample counts to the left or to the right half of a distribution.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image
from ..errors import MetricUnavailableError
from .colour import luma
from .images import COLOUR_NDIM
from .metric import Detailed
from .quantise import quantise

if TYPE_CHECKING:
    from .metric import Measure
    from .scored_pair import ScoredPair

__all__ = ["BLOCK", "LEAST_BLOCKS", "niqe", "prepare_niqe"]

BLOCK = 96
"""Side in pixels of the blocks that statistics are taken of; remainders at the right and bottom are dropped."""

LEAST_BLOCKS = 2
"""One block has no covariance: the official code fails on it."""

Grey = Literal["y", "grey"]

_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
_SIGMA = 7 / 6
_EXPONENTS = np.arange(0.2, 10.001, 0.001)
_HALVING = (-0.01171875, -0.03515625, 0.11328125, 0.43359375, 0.43359375, 0.11328125, -0.03515625, -0.01171875)
"""MATLAB's bicubic kernel (a = -0.5) stretched by 2: the taps of imresize by one half with antialiasing."""


def niqe(image: UInt8Image, *, grey: Grey = "y", dtype: type[np.floating[Any]] = np.float32) -> Detailed:
    """The distance from pristine photographs; 0 or more, smaller is better.

    Args:
        image: (H, W, 3) RGB or (H, W), uint8.
        grey: `y` is BasicSR's limited-range luma, `grey` OpenCV's grey; both are rounded to whole levels.
        dtype: of the image arithmetic: float32 as in the official code, or float64.

    Returns:
        The value, and as details the number of blocks and the size that they cover.

    Raises:
        MetricUnavailableError: the image has fewer than two blocks of 96x96 pixels, or too few that are not flat.
    """
    rows, columns = (side // BLOCK for side in image.shape[:2])
    if rows * columns < LEAST_BLOCKS:
        raise MetricUnavailableError(
            f"NIQE needs at least {LEAST_BLOCKS} blocks of {BLOCK}x{BLOCK} pixels, and an image of"
            f" {image.shape[0]}x{image.shape[1]} has {rows * columns}."
        )
    covered = _grey(image, grey, dtype)[: rows * BLOCK, : columns * BLOCK].astype(dtype)
    halved = 255 * _halve(_halve(covered / dtype(255), 0), 1)
    features = np.hstack([_features(plane, side) for plane, side in ((covered, BLOCK), (halved, BLOCK // 2))])
    usable = features[~np.isnan(features).any(axis=1)]
    if len(usable) < LEAST_BLOCKS:
        raise MetricUnavailableError(f"NIQE needs {LEAST_BLOCKS} blocks that are not flat, and this image has fewer.")
    details = {"blocks": rows * columns, "cropped_to": f"{rows * BLOCK}x{columns * BLOCK}"}
    return Detailed(_distance(np.nanmean(features, axis=0), np.cov(usable, rowvar=False)), details)


def prepare_niqe(grey: Grey = "y", dtype: type[np.floating[Any]] = np.float32) -> Measure:
    """NIQE of the restored image as PSNR sees it, rounded to 8 bits if it is not; arguments as in `niqe`."""

    def measure(pair: ScoredPair) -> Detailed:
        scored = pair.scored
        return niqe(scored if scored.dtype == np.uint8 else quantise(scored, "half-even"), grey=grey, dtype=dtype)

    return measure


def _grey(image: UInt8Image, grey: Grey, dtype: type[np.floating[Any]]) -> NDArray[np.float64]:
    if image.ndim < COLOUR_NDIM:
        return image.astype(np.float64)
    if grey == "y":
        return np.rint(luma(image, "y-float32" if dtype is np.float32 else "y"))
    red, green, blue = np.moveaxis(image / np.float32(255), -1, 0)
    unit = _fused(red, 0.299, _fused(blue, 0.114, green * np.float32(0.587)))
    return np.rint((unit * np.float32(255)).astype(np.float64))


def _fused(factor: NDArray[np.float32], weight: float, term: NDArray[np.float32]) -> NDArray[np.float32]:
    """Product and sum rounded once, as OpenCV's grey is computed: one level more or less in 30 pixels shows in NIQE."""
    exact = factor.astype(np.float64) * float(np.float32(weight)) + term
    return exact.astype(np.float32)


def _halve(plane: NDArray[Any], axis: int) -> NDArray[Any]:
    padded = np.pad(plane, [(3, 4) if each == axis else (0, 0) for each in range(2)], mode="symmetric")
    length = plane.shape[axis]
    total = np.zeros_like(padded.take(range(0, length, 2), axis))
    for start, tap in enumerate(_HALVING):
        total += plane.dtype.type(tap) * padded.take(range(start, start + length, 2), axis)
    return total


def _features(plane: NDArray[Any], side: int) -> NDArray[np.float64]:
    """18 features of each block, column by column of blocks."""
    mean = _filter(plane)
    deviation = np.sqrt(np.abs(_filter(np.square(plane)) - np.square(mean)))
    normalised = (plane - mean) / (deviation + 1)
    rows, columns = (length // side for length in plane.shape)
    blocks = normalised.reshape(rows, side, columns, side).transpose(2, 0, 1, 3).reshape(-1, side, side)
    return np.array([_block_features(block) for block in blocks])


def _filter(plane: NDArray[Any]) -> NDArray[Any]:
    """Local means: by the whole window as the official code does, or row by row in float64, where its noise matters."""
    from scipy import ndimage

    filters: Any = ndimage  # scipy leaves its types open
    if plane.dtype == np.float64:
        return np.asarray(filters.gaussian_filter(plane, _SIGMA, mode="nearest", radius=3))
    return np.asarray(filters.correlate(plane, _model()[2], mode="nearest"))


def _block_features(block: NDArray[Any]) -> list[float]:
    exponent, left, right = _asymmetric_gaussian(block)
    features = [exponent, (left + right) / 2]
    for shift in _SHIFTS:
        exponent, left, right = _asymmetric_gaussian(block * np.roll(block, shift, axis=(0, 1)))
        mean = (right - left) * (math.gamma(2 / exponent) / math.gamma(1 / exponent))
        features += [exponent, mean, left, right]
    return features


def _asymmetric_gaussian(block: NDArray[Any]) -> tuple[float, float, float]:
    """Exponent, and left and right scale, of the asymmetric generalised Gaussian; NaN where one side has no sample."""
    samples = block.ravel()
    lower, upper = samples[samples < 0], samples[samples > 0]
    if not lower.size or not upper.size:
        return math.nan, math.nan, math.nan
    left, right = (float(np.sqrt(np.mean(np.square(side)))) for side in (lower, upper))
    ratio = left / right
    shape = float(np.square(np.mean(np.abs(samples))) / np.mean(np.square(samples)))
    wanted = shape * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    exponent = float(_EXPONENTS[np.argmin(np.square(_ratios() - wanted))])
    scale = math.sqrt(math.gamma(1 / exponent) / math.gamma(3 / exponent))
    return exponent, left * scale, right * scale


def _distance(mean: NDArray[Any], covariance: NDArray[Any]) -> float:
    pristine_mean, pristine_covariance, _ = _model()
    inverse = np.linalg.pinv((pristine_covariance + covariance) / 2)
    away = pristine_mean - mean
    return math.sqrt(max(0.0, float(away @ inverse @ away)))


@cache
def _ratios() -> NDArray[np.float64]:
    """The moment ratio of a generalised Gaussian, for every exponent."""
    from scipy.special import gamma

    return np.square(gamma(2 / _EXPONENTS)) / (gamma(1 / _EXPONENTS) * gamma(3 / _EXPONENTS))


@cache
def _model() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean (36,) and covariance (36, 36) of pristine photographs, and the window (7, 7)."""
    with (
        (files("restorebench.bench.metrics") / "data" / "niqe_pris_params.npz").open("rb") as file,
        np.load(file) as stored,
    ):
        return stored["mu_pris_param"].ravel(), stored["cov_pris_param"], stored["gaussian_window"]
