"""One restored image and its target, prepared by a protocol: what every metric is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image
from ..errors import MetricUnavailableError
from .alignment import Alignment, aligned_mse, aligned_ssim
from .colour import Colour, luma
from .images import COLOUR_NDIM, to_colour, to_unit
from .kept_features import KeptFeatures
from .psnr import PsnrSpec, mean_squared_error, psnr
from .quantise import quantise
from .shared_work import SharedWork
from .ssim import ssim
from .ssim_spec import SsimSpec

__all__ = ["PEAKS", "AlignedPair", "DirectPair", "PeakRule", "PixelPair", "ScoredPair", "UncomparablePair"]

PeakRule = Literal["fixed", "from-restored"]

PEAKS: dict[PeakRule, str] = {
    "fixed": "255 for 8-bit images, 1 for float ones",
    "from-restored": "1 if no value of the restored image exceeds 1, else 255",
}
"""How the peak of PSNR and the data range of SSIM are found. NAFNet's code looks at the restored image, so that an
all-black 8-bit result scores -33 dB where it should score 15."""


class PixelPair(Protocol):
    """Two images that are compared pixel by pixel, cropped, converted or aligned as a protocol says."""

    def psnr(self, spec: PsnrSpec) -> float:
        """In dB; raises `MetricUnavailableError` where it cannot be had."""
        ...

    def ssim(self, spec: SsimSpec) -> float:
        """Mean structural similarity; raises `MetricUnavailableError` where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class DirectPair:
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
        of_target: SharedWork | None = None,
    ) -> DirectPair:
        """Crop, then convert the colours.

        Args:
            restored: (H, W, 3) or (H, W), uint8, or float32 in [0, 1].
            target: same shape, type and scale.
            crop: pixels on each side.
            colour: luma rules need uint8; an image of one channel is its own luma, as in the official scripts.
            peak: which peak PSNR and SSIM take.
            threads: for SSIM.
            of_target: what was computed of this target, in other protocols too.

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
            known = of_target or SharedWork()
            pair = luma(pair[0], colour), known.once((colour, crop), partial(luma, pair[1], colour))
        return cls(*pair, top, threads)

    def psnr(self, spec: PsnrSpec) -> float:
        """PSNR over every element."""
        mse = mean_squared_error(self.restored, self.target) + spec.mse_offset * self.peak**2
        return psnr(mse, self.peak, identical=spec.identical)

    def ssim(self, spec: SsimSpec) -> float:
        """SSIM over the whole map."""
        if spec.eight_bit and self.target.dtype != np.uint8:
            restored, target = (quantise(image, "half-even") for image in (self.restored, self.target))
            return ssim(restored, target, spec, peak=255.0, threads=self.threads)
        return ssim(self.restored, self.target, spec, peak=self.peak, threads=self.threads)


@dataclass(frozen=True, slots=True)
class AlignedPair:
    """Where an aligned image overlaps its target."""

    alignment: Alignment

    def psnr(self, spec: PsnrSpec) -> float:
        """PSNR over the mask."""
        return psnr(aligned_mse(self.alignment), 1.0, identical=spec.identical)

    def ssim(self, spec: SsimSpec) -> float:
        """SSIM weighted by the mask."""
        return aligned_ssim(self.alignment, spec)


@dataclass(frozen=True, slots=True)
class UncomparablePair:
    """Images that cannot be laid on each other."""

    reason: MetricUnavailableError

    def psnr(self, spec: PsnrSpec) -> float:  # noqa: ARG002 -- there is no PSNR of any kind
        """Raises the reason."""
        raise self.reason

    def ssim(self, spec: SsimSpec) -> float:  # noqa: ARG002 -- there is no SSIM of any kind
        """Raises the reason."""
        raise self.reason


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """One restored image and its target, in every form that a metric may ask for."""

    raw: NDArray[Any]
    """(H, W, 3) or (H, W): the restored image as it came, uint8 or float32."""

    scored: NDArray[Any]
    """The restored image as PSNR sees it: rounded to 8 bits, or clamped; before alignment, crop and colour."""

    target: UInt8Image
    """Same shape as `raw`."""

    pixels: PixelPair
    """The two images aligned, or cropped and converted."""

    of_target: SharedWork = field(default_factory=SharedWork, repr=False, compare=False)
    """What was computed of `target` alone, for every protocol that compares with it."""

    kept: KeptFeatures = field(default_factory=KeptFeatures, repr=False, compare=False)
    """What networks made of this target and others, for every model."""

    def unit_images(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Restored image and target for a metric that has no parameters of its own.

        Returns:
            New arrays (H, W, 3), float32 RGB in [0, 1]: as PSNR sees them, but without crop and colour conversion;
            aligned, and 0 outside the overlap, if the protocol aligns. One channel is repeated three times.

        Raises:
            MetricUnavailableError: the images cannot be compared.
        """
        restored, target = self.scored, self.target
        if isinstance(self.pixels, UncomparablePair):
            raise self.pixels.reason
        if isinstance(self.pixels, AlignedPair):
            restored, target = self.pixels.alignment.restored, self.pixels.alignment.target
        return _as_colour(restored), _as_colour(target)


def _as_colour(image: NDArray[Any]) -> NDArray[np.float32]:
    """A new array (H, W, 3) in [0, 1]."""
    return to_colour(np.clip(to_unit(image), 0.0, 1.0, dtype=np.float32))
