"""One rule for the tags of a TIFF, over every combination of them, against what was stored and against tifffile."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from helpers import tiffs
from helpers.tiffs import COMPRESSIONS, tiff_file
from PIL import Image
from restorebench.bench.errors import ImageError
from restorebench.bench.files.images import decode_image, image_size

COLOUR = np.random.default_rng(0).integers(0, 256, (10, 14, 3), dtype=np.uint8)
GREY = COLOUR[:, :, 1]
KINDS: dict[str, tuple[int, np.ndarray, np.ndarray]] = {
    "white is 0": (0, 255 - GREY, np.repeat(GREY[:, :, None], 3, axis=2)),
    "black is 0": (1, GREY, np.repeat(GREY[:, :, None], 3, axis=2)),
    "colour": (2, COLOUR, COLOUR),
}
"""Photometric interpretation, the samples that are stored, and the image that they mean."""

NEEDS_CODECS = "is packed in a way that only imagecodecs decodes"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("planar", [False, True], ids=["contiguous", "planes"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_tags_mean_the_same_in_every_combination(
    depth: type[np.unsignedinteger[Any]],
    kind: str,
    planar: bool,  # noqa: FBT001 -- a parameter
    compression: str,
    order: Literal["<", ">"],
) -> None:
    photometric, stored, meant = KINDS[kind]
    samples = stored.astype(depth) * depth(257 if depth is np.uint16 else 1)
    for orientation in range(1, 9):
        file = tiff_file(
            samples,
            photometric=photometric,
            orientation=orientation,
            planar=planar,
            compression=compression,
            order=order,
        )
        assert image_size(file, "x") == (10, 14)
        if compression != "lzw":  # which tifffile does not decode alone
            read = tifffile.imread(io.BytesIO(file))
            read = np.moveaxis(read, 0, 2) if read.ndim == 3 and read.shape[0] == 3 else read
            np.testing.assert_array_equal(read, samples)
        try:
            decoded = decode_image(file, "x")
        except ImageError as error:
            assert compression == "lzw"
            assert planar or (kind == "white is 0" and depth is np.uint16)
            assert NEEDS_CODECS in str(error)  # noqa: PT017 -- whether it is refused depends on what is installed
        else:
            np.testing.assert_array_equal(decoded, meant)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P"])
def test_what_pillow_writes_is_read_as_it_was(mode: str, compression: str, orientation: int) -> None:
    image = Image.fromarray(COLOUR).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression=compression, tiffinfo={274: orientation})
    np.testing.assert_array_equal(decode_image(buffer.getvalue(), "x"), np.asarray(image.convert("RGB")))
    assert image_size(buffer.getvalue(), "x") == (10, 14)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_signed_samples_are_refused(dtype: str) -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, GREY.astype(dtype), photometric="minisblack")
    with pytest.raises(ImageError, match=r"^x (has|contains) "):
        decode_image(buffer.getvalue(), "x")


@pytest.mark.parametrize("lost", ["short", "absent"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", ["none", "deflate", "packbits"])
def test_a_strip_that_is_missing_is_damage_and_not_black(
    compression: str, depth: type[np.unsignedinteger[Any]], lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tiffs._packed
    strips: list[bytes] = []

    def damaged(strip: np.ndarray, how: str) -> bytes:
        strips.append(packed(strip[:-1] if len(strips) == 1 and lost == "short" else strip, how))
        return b"" if len(strips) == 2 and lost == "absent" else strips[-1]

    monkeypatch.setattr(tiffs, "_packed", damaged)
    file = tiff_file(COLOUR.astype(depth), photometric=2, planar=True, compression=compression)
    with pytest.raises(ImageError, match=r"^x is truncated or damaged"):
        decode_image(file, "x")


def test_a_tile_beyond_measure_is_refused_before_memory_is_taken() -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.zeros((64, 64, 3), np.uint8), tile=(32, 32), photometric="rgb", compression="zlib")
    content = buffer.getvalue()
    place = int.from_bytes(content[4:8], "little") + 2
    while (tag := int.from_bytes(content[place : place + 2], "little")) < 324:
        if tag in (322, 323):
            content = content[: place + 2] + struct.pack("<HII", 4, 1, 1 << 16) + content[place + 12 :]
        place += 12
    with pytest.raises(ImageError, match="its tiles have"):
        decode_image(content, "x")


def test_frames_are_looked_for_no_further_than_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = tiff_file(GREY, photometric=1)
    place = int.from_bytes(frame[4:8], "little")
    count = int.from_bytes(frame[place : place + 2], "little")
    after = place + 2 + 12 * count
    chained = bytearray(frame)
    for _ in range(3000):  # directories that each name the next
        chained[after : after + 4] = len(chained).to_bytes(4, "little")
        after = len(chained) + 2 + 12 * count
        chained += frame[place : place + 2 + 12 * count + 4]
    seen: list[int] = []
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    load = ImageFileDirectory_v2.load
    monkeypatch.setattr(ImageFileDirectory_v2, "load", lambda self, file: (seen.append(1), load(self, file))[1])
    with pytest.raises(ImageError, match="several frames"):
        decode_image(bytes(chained), "x")
    assert len(seen) < 10


def test_lzw_of_the_helper_is_lzw() -> None:
    assert len(tiffs._lzw(b"abc")) == 6  # clear, three literals, end: 45 bits
    assert zlib.decompress(tiffs._packed(GREY, "deflate")) == GREY.tobytes()
