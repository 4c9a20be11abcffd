"""TIFF files by the specification (TIFF 6.0), with any combination of tags: neither tifffile nor Pillow writes all."""

from __future__ import annotations

import struct
import zlib
from typing import Literal

import numpy as np

__all__ = ["COMPRESSIONS", "tiff_file"]

COMPRESSIONS = {"none": 1, "lzw": 5, "deflate": 8, "packbits": 32773}


def tiff_file(
    samples: np.ndarray,
    *,
    photometric: int,
    orientation: int = 1,
    planar: bool = False,
    compression: str = "none",
    order: Literal["<", ">"] = "<",
    rows: int = 4,
) -> bytes:
    """A TIFF of one image.

    Args:
        samples: (H, W) or (H, W, C), uint8 or uint16, as they are stored.
        photometric: 0 for MinIsWhite, 1 for MinIsBlack, 2 for RGB.
        orientation: 1 to 8.
        planar: whether each channel is stored by itself.
        compression: one of `COMPRESSIONS`.
        order: of bytes.
        rows: in a strip.
    """
    cube = samples if samples.ndim == 3 else samples[:, :, None]
    height, width, channels = cube.shape
    parts = [cube[:, :, [channel]] for channel in range(channels)] if planar else [cube]
    strips = [
        _packed(part[top : top + rows].astype(samples.dtype.newbyteorder(order)), compression)
        for part in parts
        for top in range(0, height, rows)
    ]
    offsets = [8 + sum(map(len, strips[:index])) for index in range(len(strips))]
    tags: list[tuple[int, int, list[int]]] = [
        (256, 3, [width]),
        (257, 3, [height]),
        (258, 3, [samples.dtype.itemsize * 8] * channels),
        (259, 3, [COMPRESSIONS[compression]]),
        (262, 3, [photometric]),
        (273, 4, offsets),
        (274, 3, [orientation]),
        (277, 3, [channels]),
        (278, 3, [rows]),
        (279, 4, [len(strip) for strip in strips]),
        (284, 3, [2 if planar else 1]),
    ]
    body = b"".join(strips)
    body += b"\0" * (len(body) % 2)
    return _header(order, 8 + len(body)) + body + _directory(tags, 8 + len(body), order)


def _header(order: str, directory: int) -> bytes:
    return (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, directory)


def _directory(tags: list[tuple[int, int, list[int]]], start: int, order: str) -> bytes:
    after = start + 2 + 12 * len(tags) + 4
    entries, extra = b"", b""
    for tag, kind, values in tags:
        packed = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            place, extra = struct.pack(f"{order}I", after + len(extra)), extra + packed + b"\0" * (len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, kind, len(values)) + place
    return struct.pack(f"{order}H", len(tags)) + entries + b"\0" * 4 + extra


def _packed(strip: np.ndarray, compression: str) -> bytes:
    data = strip.tobytes()
    if compression == "deflate":
        return zlib.compress(data)
    if compression == "packbits":  # each row by itself, as literal runs
        size = strip[0].nbytes
        return b"".join(_literal_runs(data[start : start + size]) for start in range(0, len(data), size))
    return _lzw(data) if compression == "lzw" else data


def _literal_runs(row: bytes) -> bytes:
    pieces = [row[start : start + 128] for start in range(0, len(row), 128)]
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)


def _lzw(data: bytes) -> bytes:
    """LZW that clears its table before codes grow beyond nine bits, so that every code is a literal."""
    codes: list[int] = []
    for start in range(0, len(data), 200):
        codes += [256, *data[start : start + 200]]
    bits = "".join(f"{code:09b}" for code in [*codes, 257])
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
