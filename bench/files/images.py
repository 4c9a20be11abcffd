"""Image files to arrays and back, by one stated rule.

PNG, JPEG, BMP, TIFF and WebP become (H, W, 3) uint8 RGB like this:

    greyscale        R = G = B
    palette          its colours
    16 bit           the high byte, v >> 8: the inverse of widening by 257, and what libpng's strip does
    alpha            dropped where every pixel is opaque, otherwise refused: what is behind is not known
    CMYK, Lab, float refused: there is no conversion to RGB that everybody would make
    several frames   refused
    orientation tag  not applied, as by Pillow, scikit-image and MATLAB's imread (OpenCV does apply it)
    colour profile   ignored, as by all of these readers
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
"""File-name endings of images, in lower case."""

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
DIRECT_MODES = frozenset({"1", "L", "RGB"})
ALPHA_MODES = frozenset({"LA", "PA", "RGBA", "La", "RGBa"})
DEEP_MODES = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
PLANAR_CONFIGURATION, SEPARATE_PLANES = 284, 2
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
"""What the decoders of Pillow and tifffile raise on damaged files, found by damaging files of every format."""


@runtime_checkable
class _Sized(Protocol):
    def size(self) -> tuple[int, int]: ...


@dataclass(frozen=True, slots=True)
class FileImage:
    """An `ImageSource` that reads one image file."""

    path: Path

    @property
    def name(self) -> str:
        """The path, as messages show it."""
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
    """Decode one image by the rule at the top of this module.

    Args:
        source: a file, or the bytes of one.
        name: how messages refer to the image.

    Returns:
        A new, writable, C-contiguous array (H, W, 3), RGB, uint8.

    Raises:
        ImageError: it is absent, empty, truncated or damaged, or of a kind that the rule refuses.
    """
    with _opened(source, name) as image:
        if image is None:
            return _decode_tiff(source, name)
        if getattr(image, "n_frames", 1) > 1 and image.format != "JPEG":
            raise ImageError(f"{name} holds several frames: save the one that is meant as a single image.")
        return _to_rgb(image, name)


def image_size(source: Path | bytes, name: str) -> tuple[int, int]:
    """(height, width) from the header alone; nothing is decoded.

    Raises:
        ImageError: it is absent, empty, or no image that `decode_image` knows.
    """
    with _opened(source, name) as image:
        if image is None:
            height, width, _ = _decode_tiff(source, name).shape
            return height, width
        return image.height, image.width


def encode_png(image: UInt8Image) -> bytes:
    """The bytes of a PNG file, lossless, without metadata; the same for the same pixels.

    Args:
        image: (H, W, 3), RGB, uint8.
    """
    buffer = io.BytesIO()
    # Level 1 is 3 to 4 times as fast as the default and costs about a tenth more space on photographs.
    Image.fromarray(image).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def source_size(source: ImageSource) -> tuple[int, int]:
    """(height, width) of an image: from its header where the source can read that, else by decoding it.

    Raises:
        ImageError: it cannot be read.
    """
    if isinstance(source, _Sized):
        return source.size()
    height, width, _ = source.read().shape
    return height, width


def save_png(path: Path, image: UInt8Image) -> None:
    """Write a PNG so that `path` is either absent or whole, whatever interrupts.

    Args:
        path: where to; missing folders are made.
        image: (H, W, 3), RGB, uint8.

    Raises:
        OSError: it cannot be written.
    """
    write_atomic(path, encode_png(image))


@contextmanager
def _opened(source: Path | bytes, name: str) -> Generator[Image.Image | None]:
    """The opened image, or None for a TIFF that Pillow does not know or gets wrong; damage becomes ImageError."""
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
                # Pillow scrambles 16-bit planes that are stored one after the other.
                yield None if _has_separate_planes(image) else image
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        formats = ", ".join(FORMATS)
        raise ImageError(f"{name} is not an image of a known format ({formats}): replace or remove it.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is too large to be decoded safely: crop it, or check that it is an image.") from error
    except FileNotFoundError as error:
        raise _unreadable(name, error) from error
    except DAMAGED as error:
        raise ImageError(f"{name} is truncated or damaged ({error}): replace it by an intact copy.") from error


def _stream(source: Path | bytes, name: str) -> IO[bytes]:
    try:
        stream = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as error:
        raise _unreadable(name, error) from error
    if not stream.read(1):
        stream.close()
        raise ImageError(f"{name} is empty (0 bytes): replace it by an intact copy.")
    stream.seek(0)
    return stream


def _unreadable(name: str, error: OSError) -> ImageError:
    return ImageError(f"{name} cannot be read ({error.strerror or error}): restore it, or open the data set again.")


def _is_tiff(stream: IO[bytes]) -> bool:
    stream.seek(0)
    return stream.read(4) in TIFF_MAGIC


def _has_separate_planes(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", None)
    return image.format == "TIFF" and tags is not None and tags.get(PLANAR_CONFIGURATION) == SEPARATE_PLANES


def _to_rgb(image: Image.Image, name: str) -> UInt8Image:
    if image.mode in DEEP_MODES:
        return _from_grey((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode in ALPHA_MODES or (image.mode in DIRECT_MODES and "transparency" in image.info):
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        if image.getchannel("A").getextrema() != (OPAQUE, OPAQUE):
            raise ImageError(f"{name} is partly transparent: flatten it onto the background that is meant.")
        image = image.convert("RGB")
    elif image.mode not in DIRECT_MODES:
        raise ImageError(f"{name} has the colour space {image.mode}: convert it to RGB or greyscale, 8 or 16 bit.")
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _from_grey(grey: UInt8Image) -> UInt8Image:
    return np.repeat(grey[:, :, np.newaxis], RGB_CHANNELS, axis=2)


def _decode_tiff(source: Path | bytes, name: str) -> UInt8Image:
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(source) if isinstance(source, bytes) else source) as tiff:
            pages, series = len(tiff.pages), tiff.series[0]
            axes, pixels = series.axes, series.asarray()
    except DAMAGED as error:
        raise ImageError(f"{name} cannot be decoded as TIFF ({error}): save it as PNG.") from error
    if pages != 1 or sorted(axes) != ["S", "X", "Y"] or pixels.shape[axes.index("S")] != RGB_CHANNELS:
        raise ImageError(f"{name} is a TIFF that is not one RGB or greyscale image: save it as PNG.")
    if pixels.dtype.kind != "u" or pixels.dtype.itemsize > WIDEST_BYTES:
        raise ImageError(f"{name} holds {pixels.dtype} values: save it as 8 or 16 bit.")
    rgb = np.moveaxis(pixels, axes.index("S"), 2)
    return np.ascontiguousarray(rgb >> 8 if rgb.dtype.itemsize == WIDEST_BYTES else rgb, dtype=np.uint8)
