"""Opening of image files: which format one has, how large it says it is, and nothing decoded yet.

The format is told by the first bytes. Pillow's own `Image.open` is not used: it warns about large images on the
terminal, takes a photograph with a preview behind it for an animation, and has a limit of its own.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from PIL.BmpImagePlugin import BmpImageFile
from PIL.Image import DecompressionBombError
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import ImageError
from .pixel_limit import check_pixels
from .quiet_decoders import quiet_decoders

__all__ = ["open_pillow", "open_stream", "reading"]

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HEAD_BYTES = 32

UNOPENED = (SyntaxError, LookupError, TypeError, struct.error)
"""What Pillow's readers raise on a header that they do not know, as `Image.open` expects of them."""

DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""Exceptions that Pillow and tifffile raise on damaged files, found by damaging files of every format."""


@contextmanager
def reading(name: str) -> Generator[None]:
    """Turn whatever a decoder raises in the block into `ImageError`, and keep it quiet."""
    try:
        with quiet_decoders():
            yield
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(f"{name} does not fit into memory: crop it, or use a machine with more.") from error
    except DAMAGED as error:
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise ImageError(f"{name} is truncated or damaged ({reason}): replace it with an intact copy.") from error


def open_stream(source: Path | bytes, name: str) -> IO[bytes]:
    """The bytes of an image.

    Raises:
        ImageError: the file cannot be read, or is empty.
    """
    try:
        stream = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except FileNotFoundError as error:
        raise ImageError(f"There is no image {name}: correct the path, or put the image back.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{name} cannot be read ({reason}): restore it, or open the data set again.") from error
    if not stream.read(1):
        stream.close()
        raise ImageError(f"{name} is empty (0 bytes): replace it with an intact copy.")
    stream.seek(0)
    return stream


def open_pillow(stream: IO[bytes], name: str) -> ImageFile | None:
    """Open an image with Pillow, header only; `None` for a TIFF of a kind that Pillow does not know.

    Raises:
        ImageError: it has no format that is supported, or claims too many pixels.
    """
    head = stream.read(HEAD_BYTES)
    reader = _reader(head)
    if reader is None:
        raise ImageError(f"{name} is not an image in a supported format ({', '.join(FORMATS)}): replace or remove it.")
    if reader is WebPImageFile and (size := _webp_size(head)) is not None:
        check_pixels(*size, name)  # Pillow takes memory for the pixels when it opens the file
    stream.seek(0)
    try:
        image = reader(stream)
    except DecompressionBombError as error:
        raise ImageError(f"{name} is larger than Pillow opens in this format: crop it, or save it as PNG.") from error
    except UNOPENED as error:
        if reader is TiffImageFile:
            return None
        raise ImageError(f"{name} is truncated or damaged ({error}): replace it with an intact copy.") from error
    check_pixels(image.height, image.width, name)
    return image


def _reader(head: bytes) -> Callable[[IO[bytes]], ImageFile] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile
    if head.startswith(b"\xff\xd8\xff"):
        return JpegImageFile
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WebPImageFile
    if head.startswith(TIFF_MAGIC):
        return TiffImageFile
    return BmpImageFile if head.startswith(b"BM") else None


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """(height, width) in the header of a WebP; `None` if it is none, which Pillow refuses."""
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[27:30], "little") + 1, int.from_bytes(head[24:27], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(head[28:30], "little") & 0x3FFF, int.from_bytes(head[26:28], "little") & 0x3FFF
    return None
