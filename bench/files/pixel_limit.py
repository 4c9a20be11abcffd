"""The largest image that is decoded, whatever its format: a header is a claim, and memory is taken by its word."""

from __future__ import annotations

import os

from ..errors import ImageError, UsageError

__all__ = ["MOST_MEGAPIXELS", "check_pixels", "most_megapixels"]

VARIABLE = "RESTOREBENCH_MAX_MEGAPIXELS"
"""Environment variable that changes the limit; workers of a cluster need it too."""

MOST_MEGAPIXELS = 178
"""Default limit, in millions of pixels: about what Pillow refuses of itself, and 0.5 GB as 8-bit RGB."""


def most_megapixels() -> float:
    """The limit in force, in millions of pixels.

    Raises:
        UsageError: $RESTOREBENCH_MAX_MEGAPIXELS is not a positive number.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return MOST_MEGAPIXELS
    try:
        most = float(text)
    except ValueError:
        most = 0.0
    if not most > 0:
        raise UsageError(f"${VARIABLE} is {text!r}: set it to millions of pixels, such as {MOST_MEGAPIXELS}.")
    return most


def check_pixels(height: int, width: int, name: str) -> None:
    """Refuse an image by the size in its header, before it is decoded.

    Args:
        height: in pixels.
        width: in pixels.
        name: of the image in messages.

    Raises:
        ImageError: it is larger than the limit, or has no pixels.
    """
    if height < 1 or width < 1:
        raise ImageError(f"{name} is truncated or damaged (it has {height} x {width} pixels): replace it.")
    most = most_megapixels()
    if height * width > most * 1_000_000:
        raise ImageError(
            f"{name} claims {height} x {width} pixels, which is more than {most:g} megapixels: check that it is an "
            f"image, crop it, or raise the limit by setting {VARIABLE}."
        )
