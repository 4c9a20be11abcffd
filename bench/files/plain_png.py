"""PNG files of the plain kind, read by libpng: the pixels that Pillow gives, in little more than half the time.

libpng comes with the optional package imagecodecs. It is given 8-bit RGB alone, without transparency, palette, frames
or interlacing, in files that are sound from the first chunk to the last. Pillow reads or refuses everything else, so
that what becomes of a file does not depend on what is installed.
"""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import IO, Any, cast

import numpy as np

from ..contracts import UInt8Image
from .pixel_limit import check_pixels

__all__ = ["decode_plain_png", "plain_png"]

START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
SIZE = slice(16, 24)
KIND = slice(24, 29)
RGB_8 = bytes((8, 2, 0, 0, 0))
"""8 bit, RGB, deflate, adaptive filters, not interlaced."""

HEADER, PIXELS, END = b"IHDR", b"IDAT", b"IEND"
LENGTHS = {HEADER: 13, END: 0, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"tIME": 7, b"bKGD": 6, b"sBIT": 3}
"""The chunks besides the pixels that change no sample, with the length that they must have."""

SIGNATURE_BYTES = 8
HEADER_END = 33
FRAME_BYTES = 12
"""Of a chunk, around its content: length, kind and checksum."""

Decode = Callable[[bytes], UInt8Image | None]


def decode_plain_png(stream: IO[bytes], name: str) -> UInt8Image | None:
    """Decode a plain PNG.

    Args:
        stream: an image file from its beginning; where it is afterwards is undefined.
        name: of the image in messages.

    Returns:
        A new array (H, W, 3), RGB, uint8; `None` if Pillow is to look at the file, from its beginning.

    Raises:
        ImageError: it claims too many pixels.
    """
    head = stream.read(KIND.stop)
    if not head.startswith(START) or head[KIND] != RGB_8 or (decode := _libpng()) is None:
        return None
    content = _pixels_alone(head + stream.read())
    if content is None:
        return None
    width, height = struct.unpack(">II", head[SIZE])
    check_pixels(height, width, name)
    pixels = decode(content)
    if pixels is None or pixels.shape != (height, width, 3) or pixels.dtype != np.uint8:
        return None
    return pixels


def plain_png(stream: IO[bytes]) -> bytes | None:
    """A plain PNG with nothing but its header and its pixels, which are not decoded.

    Args:
        stream: an image file from its beginning; where it is afterwards is undefined.

    Returns:
        The content of a file without metadata; `None` if the image is not a plain PNG.
    """
    head = stream.read(KIND.stop)
    if not head.startswith(START) or head[KIND] != RGB_8:
        return None
    return _pixels_alone(head + stream.read())


@cache
def _libpng() -> Decode | None:
    """The decoder; `None` if it is not installed."""
    try:
        import imagecodecs  # pyright: ignore[reportMissingImports] -- the optional extra [codecs]
    except ImportError:
        return None
    codecs = cast("Any", imagecodecs)
    # What it thinks of a damaged file goes to Python's logging as a warning; the file is refused by Pillow's sentence.
    logging.getLogger("imagecodecs").setLevel(logging.ERROR)

    def decode(content: bytes) -> UInt8Image | None:
        try:
            return codecs.png_decode(content)
        except (codecs.PngError, ValueError):
            return None

    return decode


def _pixels_alone(content: bytes) -> bytes | None:
    """The same image in a file without anything else; `None` unless all chunks are harmless, whole and in order.

    libpng would write on the terminal what it thinks of the others. It checks the checksums of the pixels itself.
    """
    kinds: list[bytes] = []
    pixels: list[int] = []
    whole = False
    for kind, start, end in _chunks(content):
        if kind == PIXELS:
            if pixels and kinds[-1] != kind:
                return None
            pixels += (start - 8, end + 4)
        elif LENGTHS.get(kind) != end - start or not _has_checksum(content, start, end):
            return None
        kinds.append(kind)
        whole = end + 4 == len(content)
    if not (whole and pixels and kinds[-1] == END) or {kinds.count(END), kinds.count(HEADER)} != {1}:
        return None
    return content[:HEADER_END] + content[pixels[0] : pixels[-1]] + content[-FRAME_BYTES:]


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind of each whole chunk, and where its content starts and ends."""
    at = SIGNATURE_BYTES
    while at + FRAME_BYTES <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        start, at = at + 8, at + FRAME_BYTES + length
        if at > len(content):
            return
        yield kind, start, start + length


def _has_checksum(content: bytes, start: int, end: int) -> bool:
    (stated,) = struct.unpack_from(">I", content, end)
    return zlib.crc32(content[start - 4 : end]) == stated
