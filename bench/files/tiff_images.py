"""TIFF: one rule for the tags that change what the samples mean, whichever of two decoders reads the file.

Orientation is not applied. MinIsWhite is read as it looks, with white as the largest value. Planes stored one after
the other become channels. Signed and floating-point samples are refused. Pillow reads what it reads correctly;
tifffile reads the rest, which is mostly 16 bit in planes.
"""

from __future__ import annotations

import math
from typing import IO, TYPE_CHECKING, cast

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from ..contracts import UInt8Image
from ..errors import ImageError
from .pixel_limit import check_pixels

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

__all__ = [
    "check_tiff_header",
    "decode_tiff",
    "from_grey",
    "has_jpeg",
    "is_deep",
    "is_negative",
    "pillow_misreads",
    "stored_size",
    "tiff_size",
    "unturned",
]

BITS, PHOTOMETRIC, ORIENTATION, SAMPLES, PLANAR, SAMPLE_FORMAT = 258, 262, 274, 277, 284, 339
TILE_WIDTH, TILE_LENGTH = 322, 323
COMPRESSION, STRIP_BYTES, TILE_BYTES = 259, 279, 325
UNCOMPRESSED, YCBCR = 1, 6
JPEGS = frozenset({6, 7})
MIN_IS_WHITE, SEPARATE_PLANES, UNSIGNED, UNDEFINED = 0, 2, 1, 4
DEEP_BITS = 16
FLOAT_MODE = "F"
"""Which Pillow shows as such, and everybody refuses by its name."""

RGB_CHANNELS = 3
WIDEST_BYTES = 2
CODECS = "imagecodecs"
"""The package that tifffile asks for in its messages."""

MOST_TILE = 1 << 24
"""Pixels of a tile, which may be larger than its image: decoders take memory for all of it."""

UNTURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""Orientation to what undoes Pillow's turning; Pillow turns no other format."""

SIDEWAYS = frozenset({5, 6, 7, 8})
"""Orientations that exchange height and width."""


def check_tiff_header(image: TiffImageFile, name: str) -> None:
    """Refuse what Pillow would read without a word and wrongly, or with memory that the image does not need.

    Raises:
        ImageError: signed or floating-point samples, tiles beyond measure, or strips that are too short.
    """
    unsigned = {UNSIGNED, UNDEFINED}
    if not set(_values(image, SAMPLE_FORMAT)) <= unsigned and image.mode != FLOAT_MODE:
        raise ImageError(f"{name} has signed or floating-point samples: save it as 8 or 16 bit without sign.")
    if (tile := math.prod((*_values(image, TILE_WIDTH), *_values(image, TILE_LENGTH)))) > MOST_TILE:
        raise ImageError(f"{name} is truncated or damaged (its tiles have {tile} pixels): replace it.")
    if _lacks_bytes(image):
        raise ImageError(f"{name} is truncated or damaged (strips are missing): replace it with an intact copy.")


def _lacks_bytes(image: TiffImageFile) -> bool:
    """Whether the strips of an uncompressed image hold less than its pixels: Pillow would read what follows them."""
    if _values(image, COMPRESSION) not in ((), (UNCOMPRESSED,)) or YCBCR in _values(image, PHOTOMETRIC):
        return False
    counts = _values(image, STRIP_BYTES) or _values(image, TILE_BYTES)
    height, width = stored_size(image)
    bits, samples = (_values(image, BITS) or (1,))[0], (_values(image, SAMPLES) or (1,))[0]
    planes, inside = (samples, 1) if SEPARATE_PLANES in _values(image, PLANAR) else (1, samples)
    return bool(counts) and sum(counts) < planes * height * math.ceil(width * bits * inside / 8)


def pillow_misreads(image: TiffImageFile) -> bool:
    """Whether Pillow scrambles 16 bit, or forgets that 0 is white, in planes one after the other."""
    planes = SEPARATE_PLANES in _values(image, PLANAR)
    return planes and (DEEP_BITS in _values(image, BITS) or is_negative(image))


def is_negative(image: TiffImageFile) -> bool:
    """Whether 0 is white."""
    return MIN_IS_WHITE in _values(image, PHOTOMETRIC)


def is_deep(image: TiffImageFile) -> bool:
    """Whether the samples have 16 bit."""
    return DEEP_BITS in _values(image, BITS)


def has_jpeg(image: TiffImageFile) -> bool:
    """Whether the pixels are compressed as in JPEG."""
    return bool(JPEGS & {*_values(image, COMPRESSION)})


def unturned(image: TiffImageFile) -> Image.Image:
    """The decoded image as it is stored."""
    turned = next((UNTURNED[each] for each in _values(image, ORIENTATION) if each in UNTURNED), None)
    return image if turned is None else image.transpose(turned)


def stored_size(image: TiffImageFile) -> tuple[int, int]:
    """(height, width) as stored, from the header."""
    sideways = SIDEWAYS & {*_values(image, ORIENTATION)}
    return (image.width, image.height) if sideways else (image.height, image.width)


def _values(image: TiffImageFile, tag: int) -> tuple[int, ...]:
    """The whole numbers of a tag; empty if there is none."""
    found = cast("object", image.tag_v2.get(tag, ()))
    values = cast("tuple[object, ...]", found) if isinstance(found, tuple) else (found,)
    return tuple(value for value in values if isinstance(value, int))


def from_grey(grey: UInt8Image) -> UInt8Image:
    """(H, W) as (H, W, 3)."""
    return np.repeat(grey[:, :, np.newaxis], RGB_CHANNELS, axis=2)


def tiff_size(stream: IO[bytes], name: str) -> tuple[int, int]:
    """(height, width) from the header, by tifffile.

    Raises:
        ImageError: it claims too many pixels, or is not a single RGB or grey image of 8 or 16 bit.
    """
    import tifffile

    stream.seek(0)
    with tifffile.TiffFile(stream) as tiff:
        return _size(_only_page(tiff, name), name)


def decode_tiff(stream: IO[bytes], name: str) -> UInt8Image:
    """Decode by tifffile.

    Raises:
        ImageError: as in `tiff_size`, or parts of it are missing.
    """
    import tifffile

    stream.seek(0)
    with tifffile.TiffFile(stream) as tiff:
        page = _only_page(tiff, name)
        height, width = _size(page, name)
        pixels = _samples(page, name)
        negative = page.photometric == MIN_IS_WHITE
        planes = page.planarconfig == SEPARATE_PLANES
    cube = pixels.reshape((-1, height, width) if planes else (height, width, -1))
    high = (cube >> 8 if cube.dtype.itemsize == WIDEST_BYTES else cube).astype(np.uint8)
    if planes:
        high = np.moveaxis(high, 0, 2)
    if high.shape[2] == RGB_CHANNELS:
        return np.ascontiguousarray(high)
    grey = high[:, :, 0]
    return from_grey(np.invert(grey) if negative else grey)


def _only_page(tiff: TiffFile, name: str) -> TiffPage:
    page = tiff.pages.first
    try:
        several = tiff.pages[1] is not page
    except IndexError:
        several = False
    if several:
        raise ImageError(f"{name} contains several frames: save the intended one as a single image.")
    return page


def _size(page: TiffPage, name: str) -> tuple[int, int]:
    """(height, width) of a page that can be read."""
    height, width = page.imagelength, page.imagewidth
    check_pixels(height * page.imagedepth, width, name)
    if page.imagedepth != 1 or page.samplesperpixel not in (1, RGB_CHANNELS):
        raise ImageError(f"{name} is not a TIFF with a single RGB or greyscale image: save it as PNG.")
    if page.dtype is None or page.dtype.kind != "u" or page.dtype.itemsize > WIDEST_BYTES:
        raise ImageError(f"{name} contains {page.dtype or 'odd'} values: save it as 8 or 16 bit.")
    if page.is_tiled and page.tilewidth * page.tilelength > MOST_TILE:
        raise ImageError(f"{name} is truncated or damaged (its tiles have {page.tile} pixels): replace it.")
    return height, width


def _samples(page: TiffPage, name: str) -> UInt8Image:
    """The samples of a page whose parts are all there: tifffile fills what is missing with zeros."""
    whole = 0
    try:
        for segment, _, shape in page.segments(maxworkers=1, sort=True):
            if segment is None or segment.shape != shape:
                raise ImageError(
                    f"{name} is truncated or damaged (strips are missing): replace it with an intact copy."
                )
            whole += segment.size
    except ValueError as error:
        if CODECS not in str(error):
            raise
        raise ImageError(
            f"{name} is packed in a way that only {CODECS} decodes: install it, or save as PNG."
        ) from error
    if whole < page.size:
        raise ImageError(f"{name} is truncated or damaged (strips are missing): replace it with an intact copy.")
    return page.asarray(maxworkers=1)
