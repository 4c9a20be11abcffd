"""Reading and writing of image files, with fixed conversion rules.

PNG, JPEG, BMP, TIFF and WebP become (H, W, 3) uint8 RGB as follows:

    greyscale        R = G = B
    palette          looked up
    16 bit           the high byte, v >> 8: inverts widening by 257, and matches libpng's strip
    alpha            dropped if every pixel is opaque, otherwise refused: the background is unknown
    CMYK, Lab, float refused: no conversion to RGB is universally agreed on
    several frames   refused
    orientation tag  not applied, as in Pillow, scikit-image and MATLAB's imread (OpenCV applies it)
    colour profile   ignored, as in all of these readers
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..contracts import ImageSource, UInt8Image
from ..errors import ImageError
from .atomic import write_atomic

__all__ = [
    "IMAGE_SUFFIXES",
    "FileImage",
    "decode_image",
    "encode_png",
    "image_size",
    "save_png",
    "source_size",
]

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
"""File name suffixes of images, in lower case."""

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
DIRECT_MODES = frozenset({"1", "L", "RGB"})
ALPHA_MODES = frozenset({"LA", "PA", "RGBA", "La", "RGBa"})
DEEP_MODES = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
PLANAR_CONFIGURATION, SEPARATE_PLANES = 284, 2
PHOTOMETRIC, MIN_IS_WHITE = 262, 0
ORIENTATION = 274
UNTURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""Orientation of a TIFF to what undoes Pillow's turning of it; Pillow turns no other format."""

SIDEWAYS = frozenset({5, 6, 7, 8})
"""Orientations that exchange height and width."""

OPAQUE = 255
RGB_CHANNELS = 3
WIDEST_BYTES = 2
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    zlib.error,
)
"""Exceptions that Pillow and tifffile raise on damaged files, found by damaging files of every format."""


@runtime_checkable
class _Sized(Protocol):
    def size(self) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class FileImage:
    """An `ImageSource` that reads one image file."""

    path: Path

    @property
    def name(self) -> str:
        """The path, as shown in messages."""
        return str(self.path)

    @property
    def size_bytes(self) -> int:
        """Size of the file.

        Raises:
            ImageError: the file is gone.
        """
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise _unreadable(self.name, error) from error

    def read(self) -> UInt8Image:
        """Decode the file; see `decode_image`."""
        return decode_image(self.path, self.name)

    def size(self) -> tuple[int, int]:
        """(height, width) from the file's header."""
        return image_size(self.path, self.name)


def decode_image(source: Path | bytes, name: str) -> UInt8Image:
    """Decode one image by the rules at the top of this module.

    Args:
        source: a file, or its content.
        name: name of the image in messages.

    Returns:
        A new, writable, C-contiguous array (H, W, 3), RGB, uint8.

    Raises:
        ImageError: the file is absent, empty, truncated or damaged, or refused by the rules.
    """
    with _opened(source, name) as image:
        if image is None:
            return _decode_tiff(source, name)
        if getattr(image, "n_frames", 1) > 1 and image.format != "JPEG":
            raise ImageError(f"{name} contains several frames: save the intended one as a single image.")
        return _to_rgb(image, name)


def image_size(source: Path | bytes, name: str) -> tuple[int, int]:
    """(height, width) from the header, without decoding pixels.

    Raises:
        ImageError: the file is absent, empty, or not an image that `decode_image` supports.
    """
    with _opened(source, name) as image:
        if image is None:
            height, width, _ = _decode_tiff(source, name).shape
            return height, width
        sideways = _tiff_tag(image, ORIENTATION) in SIDEWAYS
        return (image.width, image.height) if sideways else (image.height, image.width)


def encode_png(image: UInt8Image) -> bytes:
    """Encode as PNG: lossless, without metadata, identical for identical pixels.

    Args:
        image: (H, W, 3), RGB, uint8.
    """
    buffer = io.BytesIO()
    # Level 1 is 3 to 4 times as fast as the default and takes about a tenth more space on photographs.
    Image.fromarray(image).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def source_size(source: ImageSource) -> tuple[int, int]:
    """(height, width) of an image: from its header if the source can read it, otherwise by decoding.

    Raises:
        ImageError: the image cannot be read.
    """
    if isinstance(source, _Sized):
        return source.size()
    height, width, _ = source.read().shape
    return height, width


def save_png(path: Path, image: UInt8Image) -> None:
    """Write a PNG atomically: an interruption never leaves a partial file.

    Args:
        path: the destination; missing folders are created.
        image: (H, W, 3), RGB, uint8.

    Raises:
        OSError: the file cannot be written.
    """
    write_atomic(path, encode_png(image))


@contextmanager
def _opened(source: Path | bytes, name: str) -> Generator[Image.Image | None]:
    """Open an image; yield None for a TIFF that Pillow does not support or misreads. Damage raises ImageError."""
    try:
        with _stream(source, name) as stream:
            try:
                image = Image.open(stream, formats=FORMATS)
            except UnidentifiedImageError:
                if not _is_tiff(stream):
                    raise
                yield None
                return
            with image:
                # Pillow scrambles 16-bit planes stored one after the other.
                yield None if _has_separate_planes(image) else image
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        formats = ", ".join(FORMATS)
        raise ImageError(f"{name} is not an image in a supported format ({formats}): replace or remove it.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is too large to decode safely: crop it, or check that it is an image.") from error
    except FileNotFoundError as error:
        raise _unreadable(name, error) from error
    except DAMAGED as error:
        raise ImageError(f"{name} is truncated or damaged ({error}): replace it with an intact copy.") from error


def _stream(source: Path | bytes, name: str) -> IO[bytes]:
    try:
        stream = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as error:
        raise _unreadable(name, error) from error
    if not stream.read(1):
        stream.close()
        raise ImageError(f"{name} is empty (0 bytes): replace it with an intact copy.")
    stream.seek(0)
    return stream


def _unreadable(name: str, error: OSError) -> ImageError:
    return ImageError(f"{name} cannot be read ({error.strerror or error}): restore it, or open the data set again.")


def _is_tiff(stream: IO[bytes]) -> bool:
    stream.seek(0)
    return stream.read(4) in TIFF_MAGIC


def _has_separate_planes(image: Image.Image) -> bool:
    return _tiff_tag(image, PLANAR_CONFIGURATION) == SEPARATE_PLANES


def _tiff_tag(image: Image.Image, tag: int) -> object:
    """The value of a tag of a TIFF; `None` if it has none, or for another format."""
    tags = getattr(image, "tag_v2", None)
    return tags.get(tag) if image.format == "TIFF" and tags is not None else None


def _to_rgb(image: Image.Image, name: str) -> UInt8Image:
    turned, negative = _tiff_tag(image, ORIENTATION), _tiff_tag(image, PHOTOMETRIC) == MIN_IS_WHITE
    if isinstance(turned, int) and turned in UNTURNED:
        image = image.transpose(UNTURNED[turned])
    if image.mode in DEEP_MODES:
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return _from_grey(np.invert(grey) if negative else grey)  # Pillow inverts 8 bit itself, and 16 bit not
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode in ALPHA_MODES or (image.mode in DIRECT_MODES and "transparency" in image.info):
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        if image.getchannel("A").getextrema() != (OPAQUE, OPAQUE):
            raise ImageError(f"{name} is partly transparent: flatten it onto the intended background.")
        image = image.convert("RGB")
    elif image.mode not in DIRECT_MODES:
        raise ImageError(f"{name} has colour mode {image.mode}: convert it to RGB or greyscale, 8 or 16 bit.")
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _from_grey(grey: UInt8Image) -> UInt8Image:
    return np.repeat(grey[:, :, np.newaxis], RGB_CHANNELS, axis=2)


def _decode_tiff(source: Path | bytes, name: str) -> UInt8Image:
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(source) if isinstance(source, bytes) else source) as tiff:
            pages, series = len(tiff.pages), tiff.series[0]
            axes, pixels = series.axes, series.asarray()
            negative = tiff.pages.first.photometric == MIN_IS_WHITE
    except DAMAGED as error:
        raise ImageError(f"{name} cannot be decoded as TIFF ({error}): save it as PNG.") from error
    colour = sorted(axes) == ["S", "X", "Y"] and pixels.shape[axes.index("S")] == RGB_CHANNELS
    if pages != 1 or not (colour or axes == "YX"):
        raise ImageError(f"{name} is not a TIFF with a single RGB or greyscale image: save it as PNG.")
    if pixels.dtype.kind != "u" or pixels.dtype.itemsize > WIDEST_BYTES:
        raise ImageError(f"{name} contains {pixels.dtype} values: save it as 8 or 16 bit.")
    high = (pixels >> 8 if pixels.dtype.itemsize == WIDEST_BYTES else pixels).astype(np.uint8)
    if not colour:
        return _from_grey(np.invert(high) if negative else high)
    return np.ascontiguousarray(np.moveaxis(high, axes.index("S"), 2))
