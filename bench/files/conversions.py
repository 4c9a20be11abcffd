"""What is changed when an image file becomes 8-bit RGB, or was lost before: JPEG, grey, 16 bit, palette, alpha."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from .image_formats import open_pillow, open_stream, reading
from .tiff_images import has_jpeg, is_deep

__all__ = ["ALPHA", "DEEP", "GREY", "LOSSY", "PALETTE", "conversions"]

LOSSY = "JPEG or lossy WebP"
DEEP = "16 bit, reduced to 8"
GREY = "grey, repeated as RGB"
PALETTE = "colours of a palette"
ALPHA = "opaque alpha, dropped"

GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N"})
PALETTE_MODES = frozenset({"P", "PA"})
ALPHA_MODES = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})

PNG_DEPTH = 24
"""Offset of the bit depth in a PNG."""

WEBP_KIND = slice(12, 16)
LOSSLESS = (b"VP8L", b"VP8X")
"""Kinds of WebP without losses, or where the header does not say."""

DEEP_BITS = 16


def conversions(path: Path, name: str) -> tuple[str, ...]:
    """What `decode_image` changes of a file, and whether its format has lost something, from the header alone.

    Args:
        path: of the image.
        name: of the image, in messages.

    Returns:
        Some of the constants of this module; empty for 8-bit RGB in a lossless format.

    Raises:
        ImageError: the file is absent, empty, or not an image.
    """
    with open_stream(path, name) as stream, reading(name):
        image = open_pillow(stream, name)
        if image is None:  # a TIFF that Pillow does not know: 16 bit, in most cases in planes
            return (DEEP,)
        found = {
            LOSSY: _is_lossy(image, stream),
            DEEP: _is_deep(image, stream),
            GREY: image.mode in GREY_MODES,
            PALETTE: image.mode in PALETTE_MODES,
            ALPHA: image.mode in ALPHA_MODES or "transparency" in image.info,
        }
    return tuple(word for word, holds in found.items() if holds)


def _is_lossy(image: ImageFile, stream: IO[bytes]) -> bool:
    if isinstance(image, WebPImageFile):
        return _head(stream)[WEBP_KIND] not in LOSSLESS
    return isinstance(image, JpegImageFile) or (isinstance(image, TiffImageFile) and has_jpeg(image))


def _is_deep(image: ImageFile, stream: IO[bytes]) -> bool:
    if isinstance(image, PngImageFile):
        return _head(stream)[PNG_DEPTH] == DEEP_BITS
    return isinstance(image, TiffImageFile) and is_deep(image)


def _head(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(32)
