"""The ways of laying a restored image on its target before they are compared pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError
from .alignment import Alignment, aligned_mse, aligned_ssim
from .colour import Colour, luma
from .images import COLOUR_NDIM
from .psnr import PsnrSpec, mean_squared_error, psnr
from .ssim import ssim
from .ssim_spec import SsimSpec

__all__ = ["PEAKS", "AlignedComparison", "Comparison", "DirectComparison", "NoComparison", "PeakRule"]

PeakRule = Literal["fixed", "from-restored"]

PEAKS: dict[PeakRule, str] = {
    "fixed": "255 for 8-bit images, 1 for float ones",
    "from-restored": "1 if no value of the restored image exceeds 1, else 255",
}
"""How the peak of PSNR and the data range of SSIM are found. NAFNet's code looks at the restored image, so that an
all-black 8-bit result scores -33 dB where it should score 15."""


class Comparison(Protocol):
    """A pair of images whose PSNR and SSIM can be asked for."""

    def psnr(self, spec: PsnrSpec) -> float:
        """In dB; raises `MetricUnavailableError` where it cannot be had."""
        ...

    def ssim(self, spec: SsimSpec) -> float:
        """Mean structural similarity; raises `MetricUnavailableError` where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class DirectComparison:
    """Pixel on pixel."""

    restored: NDArray[Any]
    target: NDArray[Any]
    peak: float
    """255 or 1."""

    threads: int = 1

    @classmethod
    def of(
        cls,
        restored: NDArray[Any],
        target: NDArray[Any],
        *,
        crop: int = 0,
        colour: Colour = "rgb",
        peak: PeakRule = "fixed",
        threads: int = 1,
    ) -> DirectComparison:
        """Crop, then convert the colours.

        Args:
            restored: (H, W, 3) or (H, W), uint8, or float32 in [0, 1].
            target: same shape, type and scale.
            crop: pixels on each side.
            colour: luma rules need uint8; an image of one channel is its own luma, as in the official scripts.
            peak: which peak PSNR and SSIM take.
            threads: for SSIM.

        Raises:
            MetricUnavailableError: the crop leaves nothing.
        """
        if min(target.shape[:2]) <= 2 * crop:
            size = f"{target.shape[0]}x{target.shape[1]}"
            raise MetricUnavailableError(f"Nothing is left of {size} pixels without a border of {crop} on each side.")
        inside = (slice(crop, target.shape[0] - crop), slice(crop, target.shape[1] - crop))
        top = 255.0 if target.dtype == np.uint8 else 1.0
        pair = restored[inside], target[inside]
        if peak == "from-restored" and pair[0].max() <= 1:
            top = 1.0
        if colour != "rgb" and target.ndim == COLOUR_NDIM:
            pair = luma(pair[0], colour), luma(pair[1], colour)
        return cls(*pair, top, threads)

    def psnr(self, spec: PsnrSpec) -> float:
        """PSNR over every element."""
        mse = mean_squared_error(self.restored, self.target) + spec.mse_offset * self.peak**2
        return psnr(mse, self.peak, identical=spec.identical)

    def ssim(self, spec: SsimSpec) -> float:
        """SSIM over the whole map."""
        return ssim(self.restored, self.target, spec, peak=self.peak, threads=self.threads)


@dataclass(frozen=True, slots=True)
class AlignedComparison:
    """Where an aligned image overlaps its target."""

    alignment: Alignment

    def psnr(self, spec: PsnrSpec) -> float:
        """PSNR over the mask."""
        return psnr(aligned_mse(self.alignment), 1.0, identical=spec.identical)

    def ssim(self, spec: SsimSpec) -> float:
        """SSIM weighted by the mask."""
        return aligned_ssim(self.alignment, spec)


@dataclass(frozen=True, slots=True)
class NoComparison:
    """Images that cannot be laid on each other."""

    reason: MetricUnavailableError

    def psnr(self, spec: PsnrSpec) -> float:  # noqa: ARG002 -- there is no PSNR of any kind
        """Raises the reason."""
        raise self.reason

    def ssim(self, spec: SsimSpec) -> float:  # noqa: ARG002 -- there is no SSIM of any kind
        """Raises the reason."""
        raise self.reason
