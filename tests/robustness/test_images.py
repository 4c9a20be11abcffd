"""Damaged images of every format: an image, or one sentence; never a jump in memory, never a word on the terminal."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
import pytest
from helpers.tiffs import COMPRESSIONS, tiff_file
from PIL import Image
from restorebench.bench.files.images import decode_image, image_size

from robustness.driver import Tally
from robustness.mutations import damaged_bytes

COLOUR = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
SMOOTH = np.linspace(0, 255, 40 * 56 * 3).reshape(40, 56, 3).astype(np.uint8)
HEADER_BYTES = 200


def saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(SMOOTH).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


FILES: dict[str, list[bytes]] = {
    "png": [saved("PNG", mode) for mode in ("RGB", "L", "P", "RGBA", "1")],
    "jpeg": [saved("JPEG", mode, **each) for mode in ("RGB", "L") for each in ({}, {"progressive": True})],
    "bmp": [saved("BMP", mode) for mode in ("RGB", "L", "P", "1")],
    "webp": [saved("WEBP", mode, lossless=each) for mode in ("RGB", "RGBA") for each in (True, False)],
    "tiff": [
        *(saved("TIFF", compression=each) for each in (None, "tiff_lzw", "tiff_deflate", "jpeg")),
        *(
            tiff_file(COLOUR.astype(depth), photometric=2, planar=planar, compression=compression, order=order)
            for depth in (np.uint8, np.uint16)
            for planar in (False, True)
            for compression in COMPRESSIONS
            for order in ("<", ">")
        ),
        *(tiff_file(COLOUR[:, :, 0].astype(depth), photometric=0) for depth in (np.uint8, np.uint16)),
    ],
}


def mutation(kind: str, draw: random.Random) -> bytes:
    """Damage anywhere, or in the first or the last bytes, where headers and directories are."""
    whole = draw.choice(FILES[kind])
    match draw.randrange(3):
        case 0:
            return damaged_bytes(whole, draw)
        case 1:
            return damaged_bytes(whole[:HEADER_BYTES], draw) + whole[HEADER_BYTES:]
        case _:
            return whole[:-HEADER_BYTES] + damaged_bytes(whole[-HEADER_BYTES:], draw)


def read(content: bytes) -> None:
    size = image_size(content, "x")
    decoded = decode_image(content, "x")
    assert decoded.shape == (*size, 3)
    assert decoded.dtype == np.uint8


@pytest.mark.parametrize("kind", FILES)
def test_damaged_images(kind: str, fuzzed: Callable[..., Tally], caplog: pytest.LogCaptureFixture) -> None:
    tally = fuzzed(kind, lambda draw: mutation(kind, draw), read, count=600)
    assert tally.refused > tally.tried // 10
    assert not caplog.records
