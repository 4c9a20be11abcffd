"""The variants of SSIM, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from .windows import gaussian_taps, uniform_taps

__all__ = ["Arithmetic", "Border", "SsimSpec", "Window"]


Window = Literal["gaussian", "uniform"]


Border = Literal["valid", "replicate", "zeros"]


Arithmetic = Literal["float64", "float32"]


@dataclass(frozen=True, slots=True)
class SsimSpec:
    """One form of SSIM, as data."""

    window: Window = "gaussian"
    size: int = 11
    """Taps along rows and columns; odd."""

    sigma: float = 1.5
    """Of the Gaussian, in pixels; unused by `uniform`."""

    border: Border = "valid"
    """`valid`: only windows that lie inside; else the map has the image's size."""

    over_channels: bool = False
    """Whether the window also runs over the channels with replicated ends, as MATLAB does to an RGB array."""

    data_range: float = 1.0
    """L in units of the true peak. Only Uformer's published 2.0, a default of old scikit-image, is not 1."""

    sample_covariance: bool = False
    """Whether variances are divided by n - 1 instead of n."""

    downsample: bool = False
    """Whether the image is first reduced by round(min(H, W)/256), as Wang's ssim.m of 2011 does."""

    pooled: bool = False
    """Whether the image is first reduced by average pooling, by max(1, round(min(H, W)/256)) with halves to even, as
    DehazeFormer does."""

    eight_bit: bool = False
    """Whether float images are rounded to 8 bits (half to even) for SSIM alone, as Retinexformer does."""

    arithmetic: Arithmetic = "float64"
    """`float32`: as sources for the GPU compute it, cancellation included, and as slowly."""

    def __post_init__(self) -> None:
        in_float32 = (self.border, self.over_channels) in {("zeros", False), ("replicate", True)}
        special = self.window == "uniform" or self.sample_covariance or self.downsample or self.pooled
        if self.arithmetic == "float32" and (special or not in_float32):
            raise UsageError(
                "SSIM in float32 exists per channel with border 'zeros' and over channels with border 'replicate' only."
            )

    def describe(self, peak: str) -> str:
        """The formula in words; `peak` as it should be printed."""
        taps = f"{self.size}x{self.size}" + (f"x{self.size}" if self.over_channels else "")
        shape = f"Gaussian sigma={self.sigma:g}" if self.window == "gaussian" else "uniform"
        span = " over rows, columns and channels" if self.over_channels else ", each channel by itself"
        edge = {"valid": "valid windows only", "replicate": "replicate border, full map", "zeros": "zero border"}
        peak = "255" if self.eight_bit else peak
        length = peak if self.data_range == 1 else f"{self.data_range:g}·{peak}"
        parts = [f"{taps} {shape}{span}", edge[self.border], f"C1=(0.01·{length})², C2=(0.03·{length})²"]
        if self.sample_covariance:
            parts.append("sample covariance n/(n-1)")
        if self.downsample:
            parts.append("first box-reduced by max(1, round(min(H, W)/256))")
        if self.pooled:
            parts.append("first average-pooled by max(1, round(min(H, W)/256)), halves to even")
        if self.eight_bit:
            parts.append("on images rounded to 8 bits")
        if self.arithmetic == "float32":
            parts.append("in float32")
        return "; ".join([*parts, "mean of the map"])

    def taps(self) -> NDArray[np.float64]:
        """The window along one dimension, of sum 1."""
        return gaussian_taps(self.size, self.sigma) if self.window == "gaussian" else uniform_taps(self.size)
