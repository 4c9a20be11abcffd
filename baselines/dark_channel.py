"""Dehazing by the dark channel prior: in clear air, nearly every patch of the image has a pixel with a dark channel.

He, Sun, Tang, "Single Image Haze Removal Using Dark Channel Prior", IEEE TPAMI 33(12), 2011 (CVPR 2009), with the
guided filter of the same authors (ECCV 2010) in the place of soft matting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import nn

from ..bench.contracts import Citation, ModelCard
from ..bench.errors import UsageError
from ..bench.models.entries import register_model
from .classical import ClassicalMethod

__all__ = ["airlight", "dark_channel", "dark_channel_prior", "guided_filter", "remove_haze"]

Image: TypeAlias = NDArray[np.float32]
"""(H, W, 3) or (H, W), 0 to 1."""

Float64: TypeAlias = NDArray[np.float64]

minimum_filter = cast("Callable[..., Image]", ndimage.minimum_filter)  # pyright: ignore[reportUnknownMemberType] -- untyped
uniform_filter = cast("Callable[..., Float64]", ndimage.uniform_filter)  # pyright: ignore[reportUnknownMemberType] -- as above

BRIGHTEST = 0.001
"""Share of the pixels with the brightest dark channel, the haziest ones, of which one is the airlight."""

GUIDE_RADIUS = 30
GUIDE_VARIANCE = 1e-3
"""Variance of the guide below which the guided filter averages."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def dark_channel(image: Image, patch: int) -> Image:
    """Minimum over the channels and a square patch around each pixel (eq. 5), (H, W)."""
    return minimum_filter(image.min(-1), patch, mode="nearest")


def airlight(image: Image, dark: Image) -> Image:
    """Colour (3,) of the brightest of the pixels with the brightest dark channel (section 4.4)."""
    count = max(1, round(BRIGHTEST * dark.size))
    haziest = image.reshape(-1, 3)[np.argsort(dark, axis=None, kind="stable")[-count:]]
    return haziest[haziest.sum(-1).argmax()]


def guided_filter(guide: Image, values: Image, radius: int, variance: float) -> Image:
    """Smooth (H, W) values along the edges of a guide (H, W): He, Sun, Tang, TPAMI 35(6), 2013, eq. 5 to 8."""

    def mean(array: Float64) -> Float64:
        return uniform_filter(array, 2 * radius + 1, mode="nearest")

    x, y = guide.astype(np.float64), values.astype(np.float64)
    mean_x, mean_y = mean(x), mean(y)
    slope = (mean(x * y) - mean_x * mean_y) / (mean(x * x) - mean_x**2 + variance)
    return (mean(slope) * x + mean(mean_y - slope * mean_x)).astype(np.float32)


def remove_haze(image: Image, *, patch: int, share: float, least: float) -> Image:
    """Invert I = J t + A (1 - t) with the transmission and the airlight that the prior gives (eq. 12 and 16)."""
    light = np.maximum(airlight(image, dark_channel(image, patch)), 1 / 255)
    rough = 1 - share * dark_channel((image / light).astype(np.float32), patch)
    through = np.clip(guided_filter(image @ LUMA, rough, GUIDE_RADIUS, GUIDE_VARIANCE), least, 1)[..., np.newaxis]
    return (image - light) / through + light


@register_model(
    ModelCard(
        name="dark-channel",
        title="Dark channel prior",
        task="dehazing",
        family="classical",
        citation=Citation(
            ("He, Kaiming", "Sun, Jian", "Tang, Xiaoou"),
            "Single Image Haze Removal Using Dark Channel Prior",
            "IEEE Transactions on Pattern Analysis and Machine Intelligence 33(12)",
            2011,
            doi="10.1109/TPAMI.2010.168",
        ),
        needs_weights=False,
        notes=(
            "Computed by SciPy, always on the CPU in float32.",
            "A guided filter refines the transmission, instead of the soft matting of the paper.",
        ),
        settings={"patch": 15, "share": 0.95, "least": 0.1},
    )
)
def dark_channel_prior(patch: int = 15, share: float = 0.95, least: float = 0.1) -> nn.Module:
    """Dehazing with patches of `patch` pixels, a `share` of the haze removed and a transmission of `least` or more."""
    if patch < 1 or not 0 < share <= 1 or not 0 < least <= 1:
        raise UsageError(
            f"dark-channel needs a patch of at least 1 pixel, and a share and a least transmission above 0 and up to "
            f"1, not patch={patch}, share={share} and least={least}."
        )
    return ClassicalMethod(lambda image: remove_haze(image, patch=patch, share=share, least=least))
