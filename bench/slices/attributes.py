"""Attributes of an image pair, by which a data set can be sliced: one number each, known without any model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image

__all__ = ["ATTRIBUTES", "Attribute", "blur_extent", "brightness", "gradient_energy", "rain_density"]

WEIGHTS = (0.299, 0.587, 0.114)
"""Of R, G and B in the grey level, full range, ITU-R BT.601."""

STREAK = 8.0
"""Grey levels by which rain brightens a pixel at least; noise and rounding stay below."""

LARGEST_BLUR, BLUR_STEPS = 16.0, 20
"""Largest blur extent in pixels that is estimated, and halvings of the interval in which it lies."""

Grey = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A number that describes an image pair."""

    name: str
    title: str
    """As an axis calls it, with its unit: `brightness of the target (grey levels)`."""

    digits: int = 1
    """After the point."""

    tasks: tuple[str, ...] = ()
    """On whose data sets it measures what its name says; on any if empty."""

    elsewhere: str = ""
    """What it measures on data sets of other tasks."""

    compute: Callable[[UInt8Image, UInt8Image], float] | None = field(default=None, compare=False)
    """From degraded image and target, (H, W, 3) RGB uint8 of one size; `None` if the data set or a file knows it."""


def brightness(degraded: UInt8Image, target: UInt8Image) -> float:
    """Mean grey level of the target, 0 to 255.

    >>> brightness(np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 200, np.uint8))
    200.0
    """
    del degraded
    return round(float(_grey(target).mean()), 9)


def gradient_energy(degraded: UInt8Image, target: UInt8Image) -> float:
    """Mean squared gradient of the target's grey levels, in (grey levels per pixel)²; 0 for a flat image."""
    del degraded
    return _energy(_grey(target))


def blur_extent(degraded: UInt8Image, target: UInt8Image) -> float:
    """Standard deviation in pixels of the Gaussian that smoothes the target as much as the degraded image is.

    As much means to the same gradient energy. 0 where the degraded image is not smoother; at most 16.
    """
    from scipy.fft import dctn  # pyright: ignore[reportUnknownVariableType] -- SciPy has no types

    sharp, wanted = _grey(target), _energy(_grey(degraded))
    if wanted >= _energy(sharp) or min(sharp.shape) < 2:  # noqa: PLR2004 -- a line of pixels has gradients one way
        return 0.0
    # In the cosine basis a Gaussian is a product, and so are differences of neighbours (reflected at the borders).
    power = np.square(cast("Grey", dctn(sharp, norm="ortho")))
    height, width = sharp.shape
    angles = [np.linspace(0, np.pi, side, endpoint=False) for side in (height, width)]
    low, high = 0.0, LARGEST_BLUR
    for _ in range(BLUR_STEPS):
        middle = (low + high) / 2
        rows, columns = (np.exp(-((middle * angle) ** 2)) for angle in angles)
        down = (rows * (2 - 2 * np.cos(angles[0]))) @ power @ columns / ((height - 1) * width)
        right = rows @ power @ (columns * (2 - 2 * np.cos(angles[1]))) / (height * (width - 1))
        low, high = (low, middle) if down + right < wanted else (middle, high)
    return (low + high) / 2


def rain_density(degraded: UInt8Image, target: UInt8Image) -> float:
    """Share of the pixels that are brighter in the degraded image by more than 8 grey levels, 0 to 1."""
    return float((_grey(degraded) - _grey(target) > STREAK).mean())


ATTRIBUTES: Mapping[str, Attribute] = {
    each.name: each
    for each in (
        Attribute("brightness", "brightness of the target (grey levels)", 0, compute=brightness),
        Attribute(
            "gradient", "gradient energy of the target (squared grey levels per pixel)", 0, compute=gradient_energy
        ),
        Attribute(
            "blur",
            "blur extent (pixels)",
            2,
            ("deblurring",),
            "by how much the degraded image is smoother than the target for whatever reason",
            blur_extent,
        ),
        Attribute(
            "rain",
            "rain density (share of pixels)",
            3,
            ("deraining",),
            "the share of pixels that are brighter than in the target for whatever reason",
            rain_density,
        ),
        Attribute("extent", "extent of the motion (pixels)", 1),
        Attribute("direction", "direction of the motion (degrees from horizontal)", 0),
    )
}
"""Those that are computed from images, or that data sets know of theirs, by name."""


def _grey(image: UInt8Image) -> Grey:
    return image.astype(np.float64) @ np.array(WEIGHTS)


def _energy(grey: Grey) -> float:
    """Mean of the squared differences of neighbours, along both axes."""
    down, right = np.diff(grey, axis=0), np.diff(grey, axis=1)
    return sum(float((step**2).mean()) for step in (down, right) if step.size)
