"""The space of ways of measuring, as data.

A way is a view of both images (colour, region), a form of the metric, and an average over images. Every piece is one
that some official script or library default uses; where a protocol uses it, see `protocol_ways`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image
from ..metrics.colour import Colour, luma
from ..metrics.images import COLOUR_NDIM
from ..metrics.lpips import LpipsNet
from ..metrics.psnr import PsnrSpec
from ..metrics.ssim_spec import SsimSpec

__all__ = [
    "COLOUR_WORDS",
    "LPIPS_FORMS",
    "PLACEMENTS",
    "PSNR_FORMS",
    "REGIONS",
    "SSIM_FORMS",
    "LpipsForm",
    "Placement",
    "PsnrForm",
    "Region",
    "SsimForm",
    "colours_of",
    "planes",
]

MOST_CROP = 8
"""Pixels on each side; super-resolution by 8 removes as many."""


@dataclass(frozen=True, slots=True)
class Region:
    """The part of both images that is compared."""

    name: str
    """In stored measurements."""

    words: str
    """In answers; `""` for the whole image."""

    crop: int = 0
    """Pixels removed on each side."""

    multiple: int = 1
    """The image is then cut, around its centre, to a multiple of this."""

    def box(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Top, left, bottom and right of the part of an image; empty where nothing is left.

        >>> REGIONS["cut16"].box(321, 481)
        (0, 0, 320, 480)
        """
        top, bottom = self._span(height)
        left, right = self._span(width)
        return top, left, bottom, right

    def _span(self, side: int) -> tuple[int, int]:
        rest = side - 2 * self.crop
        left_over = rest % self.multiple
        start = self.crop + left_over // 2
        return start, start + rest - left_over


def _crop(pixels: int) -> Region:
    words = f"{pixels} px cut off each side" if pixels else ""
    return Region(f"crop{pixels}", words, crop=pixels)


REGIONS: dict[str, Region] = {
    region.name: region
    for region in (
        *(_crop(pixels) for pixels in range(MOST_CROP + 1)),
        Region("cut8", "cut to a multiple of 8", multiple=8),
        Region("cut16", "cut to a multiple of 16", multiple=16),
    )
}
"""Every part of an image that scripts compare, the whole first."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the smaller of two images lies in the larger one, for copies of a data set that were cropped."""

    words: str
    """In answers."""

    before: float
    """The share of the surplus pixels that is cut off at the top and at the left: 0 to 1."""

    def cut(self, restored: NDArray[Any], target: UInt8Image) -> tuple[NDArray[Any], UInt8Image]:
        """Both images, cut to the smaller height and the smaller width; images of one size stay as they are.

        >>> centre = PLACEMENTS["centre"]
        >>> [image.shape for image in centre.cut(np.zeros((320, 480)), np.zeros((321, 481)))]
        [(320, 480), (320, 480)]
        """
        height, width = (min(sides) for sides in zip(restored.shape[:2], target.shape[:2], strict=True))
        return self._part(restored, height, width), self._part(target, height, width)

    def _part(self, image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
        top, left = (math.floor(self.before * surplus) for surplus in (image.shape[0] - height, image.shape[1] - width))
        return np.ascontiguousarray(image[top : top + height, left : left + width])


PLACEMENTS: dict[str, Placement] = {
    "top-left": Placement("sizes differ, and the larger image is cut to its top left corner", 0.0),
    "centre": Placement("sizes differ, and the larger image is cut to its centre", 0.5),
    "bottom-right": Placement("sizes differ, and the larger image is cut to its bottom right corner", 1.0),
}
"""Every way to compare images of different sizes, the crops of known copies first: Rain100H of 481x321 pixels exists
without its last row and column."""

COLOUR_WORDS: dict[str, str] = {
    "rgb": "RGB",
    "y": "unrounded Y in 16..235",
    "y-rounded": "Y in 16..235 rounded to 8 bits",
    "y-full-range": "full-range Y in 0..255",
    "y-swapped": "unrounded Y of swapped channels, BGR taken for RGB",
}
"""Every colour space, in words. Other roundings of Y differ from the unrounded one by less than a printed digit."""


@dataclass(frozen=True, slots=True)
class PsnrForm:
    """One form of PSNR, computed from the mean squared error."""

    words: str
    spec: PsnrSpec = field(default_factory=PsnrSpec)
    peak_of_target: bool = False
    """Whether the peak is the range of the target, as with `data_range=target.max() - target.min()`."""


PSNR_FORMS: dict[str, PsnrForm] = {
    "plain": PsnrForm(""),
    "offset": PsnrForm("1e-8 added to the MSE", PsnrSpec(mse_offset=1e-8)),
    "identical100": PsnrForm("100 dB for identical images", PsnrSpec(identical=100.0)),
    "target-range": PsnrForm("the target's range as peak", peak_of_target=True),
}
"""Every form of PSNR, the usual one first."""


@dataclass(frozen=True, slots=True)
class SsimForm:
    """One form of SSIM."""

    words: str
    spec: SsimSpec
    colour_only: bool = False
    """Whether it exists for images of several channels only."""


SSIM_FORMS: dict[str, SsimForm] = {
    "wang": SsimForm("Wang's SSIM of valid 11x11 Gaussian windows", SsimSpec()),
    "wang-reduced": SsimForm("Wang's SSIM after its downsampling", SsimSpec(downsample=True)),
    "full-map": SsimForm("Gaussian SSIM over the full map, with a replicated border", SsimSpec(border="replicate")),
    "zero-border": SsimForm("Gaussian SSIM with zero padding, as in pytorch-ssim", SsimSpec(border="zeros")),
    "matlab-3d": SsimForm("MATLAB's 3-D SSIM", SsimSpec(border="replicate", over_channels=True), colour_only=True),
    "skimage-gaussian": SsimForm(
        "scikit-image's SSIM with its Gaussian window and sample covariance", SsimSpec(sample_covariance=True)
    ),
    "skimage": SsimForm(
        "scikit-image's default SSIM, uniform 7x7", SsimSpec(window="uniform", size=7, sample_covariance=True)
    ),
    "skimage-range2": SsimForm(
        "scikit-image's default SSIM with a data range of 2",
        SsimSpec(window="uniform", size=7, data_range=2.0, sample_covariance=True),
    ),
    "wang-range2": SsimForm("Wang's SSIM with a data range of 2", SsimSpec(data_range=2.0)),
    "uniform11": SsimForm(
        "scikit-image's SSIM with a uniform 11x11 window", SsimSpec(window="uniform", size=11, sample_covariance=True)
    ),
}
"""Every form of SSIM, the usual one first."""


@dataclass(frozen=True, slots=True)
class LpipsForm:
    """One form of LPIPS, of the whole RGB image."""

    words: str
    net: LpipsNet
    scaled: bool = True
    """Whether images are scaled from [0, 1] to [-1, 1], as the networks expect."""


LPIPS_FORMS: dict[str, LpipsForm] = {
    "alex": LpipsForm("LPIPS by AlexNet", "alex"),
    "alex-unscaled": LpipsForm("LPIPS by AlexNet of images left in [0, 1]", "alex", scaled=False),
    "vgg": LpipsForm("LPIPS by VGG", "vgg"),
    "vgg-unscaled": LpipsForm("LPIPS by VGG of images left in [0, 1]", "vgg", scaled=False),
    "squeeze": LpipsForm("LPIPS by SqueezeNet", "squeeze"),
}
"""Every form of LPIPS, the usual one first."""

_LUMA: dict[str, Colour] = {"y": "y", "y-rounded": "y-rounded", "y-full-range": "y-full-range", "y-swapped": "y"}


def colours_of(image: NDArray[Any]) -> tuple[str, ...]:
    """The colour spaces that an image can be seen in: rounded Y needs 8 bits, and one channel is its own luma."""
    if image.ndim < COLOUR_NDIM:
        return ("rgb",)
    return tuple(COLOUR_WORDS) if image.dtype == np.uint8 else ("rgb", "y", "y-swapped")


def planes(image: NDArray[Any], colour: str) -> NDArray[np.float64]:
    """An image as float64 planes (C, H, W), 0..255, C = 3 for `rgb` and 1 for the rules of luma.

    Args:
        image: (H, W, 3) or (H, W), uint8, or float in [0, 1].
        colour: one of `colours_of(image)`.
    """
    levels = image if image.dtype == np.uint8 else np.multiply(image, 255, dtype=np.float64)
    if image.ndim < COLOUR_NDIM:
        return levels[np.newaxis].astype(np.float64)
    if colour == "rgb":
        return np.ascontiguousarray(np.moveaxis(levels, -1, 0), dtype=np.float64)
    seen = levels[..., ::-1] if colour == "y-swapped" else levels
    return luma(seen, _LUMA[colour])[np.newaxis].astype(np.float64)
