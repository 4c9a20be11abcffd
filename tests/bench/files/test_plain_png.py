"""Plain PNG files become the same pixels, and others the same sentences, with imagecodecs and without it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from restorebench.bench.errors import ImageError
from restorebench.bench.files import plain_png
from restorebench.bench.files.images import decode_image
from restorebench.bench.files.plain_png import decode_plain_png

COLOUR = np.sort(np.random.default_rng(3).integers(0, 256, (9, 7, 3), dtype=np.uint8), axis=0)
ROWS = b"".join(b"\0" + row.tobytes() for row in COLOUR)
FILTERS = 5


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


HEADER = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 7, 9, 8, 2, 0, 0, 0))
PIXELS, END = chunk(b"IDAT", zlib.compress(ROWS)), chunk(b"IEND", b"")
PLAIN = HEADER + PIXELS + END


def written(**options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(COLOUR).save(buffer, "png", **options)
    return buffer.getvalue()


def outcome(file: bytes) -> np.ndarray | str:
    try:
        return decode_image(file, "x")
    except ImageError as error:
        return str(error)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], np.ndarray | str]:
    """What becomes of a file where imagecodecs is not installed."""

    def read(file: bytes) -> np.ndarray | str:
        with monkeypatch.context() as patched:
            patched.setattr(plain_png, "_libpng", lambda: None)
            return outcome(file)

    return read


FALLBACKS = {
    "grey": HEADER.replace(b"\x08\x02", b"\x08\x00") + PIXELS + END,
    "palette": HEADER + chunk(b"PLTE", bytes(3)) + PIXELS + END,
    "transparent colour": written(transparency=(1, 2, 3)),
    "several frames": written(save_all=True, append_images=[Image.fromarray(255 - COLOUR)]),
    "text": HEADER + chunk(b"tEXt", b"Comment\0hello") + PIXELS + END,
    "colour profile": HEADER + chunk(b"iCCP", b"x\0\0" + zlib.compress(b"none")) + PIXELS + END,
    "critical chunk of nobody's": HEADER + chunk(b"ABCD", b"") + PIXELS + END,
    "short gamma": HEADER + chunk(b"gAMA", b"\0") + PIXELS + END,
    "wrong checksum of the header": HEADER[:-1] + b"\0" + PIXELS + END,
    "two headers": HEADER + HEADER[8:] + PIXELS + END,
    "pixels apart": HEADER + chunk(b"IDAT", b"x") + chunk(b"gAMA", bytes(4)) + PIXELS + END,
    "no pixels": HEADER + END,
    "no end": HEADER + PIXELS,
    "something behind the end": PLAIN + b"x",
    "cut": PLAIN[:-20],
    "wrong checksum of the pixels": HEADER + PIXELS[:-1] + bytes([PIXELS[-1] ^ 1]) + END,
    "too few rows": HEADER + chunk(b"IDAT", zlib.compress(ROWS[:-9])) + END,
    "wrong checksum in the stream": HEADER + chunk(b"IDAT", zlib.compress(ROWS)[:-4] + bytes(4)) + END,
    "no such filter": HEADER + chunk(b"IDAT", zlib.compress(b"\7" + ROWS[1:])) + END,
}


@pytest.mark.parametrize("file", FALLBACKS.values(), ids=FALLBACKS)
def test_everything_else_is_left_to_pillow(file: bytes, without: Callable[[bytes], np.ndarray | str]):
    pytest.importorskip("imagecodecs")
    assert decode_plain_png(io.BytesIO(file), "x") is None
    np.testing.assert_array_equal(outcome(file), without(file))


@pytest.mark.parametrize(
    "extra", [b"", chunk(b"gAMA", struct.pack(">I", 99)), chunk(b"sRGB", b"\x09"), chunk(b"cHRM", bytes(32))]
)
def test_plain_files_are_read_whatever_they_say_of_colours(extra: bytes):
    pytest.importorskip("imagecodecs")
    pixels = decode_plain_png(io.BytesIO(HEADER + extra + PIXELS + END), "x")
    assert pixels is not None
    np.testing.assert_array_equal(pixels, COLOUR)
    assert pixels.dtype == np.uint8
    assert pixels.flags.writeable
    assert pixels.flags.c_contiguous


def test_without_the_package_nothing_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "imagecodecs", None)
    plain_png._libpng.cache_clear()
    try:
        assert decode_plain_png(io.BytesIO(PLAIN), "x") is None
        np.testing.assert_array_equal(decode_image(PLAIN, "x"), COLOUR)
    finally:
        plain_png._libpng.cache_clear()


def test_the_limit_of_pixels_comes_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESTOREBENCH_MAX_MEGAPIXELS", "0.00001")
    monkeypatch.setattr(plain_png, "_libpng", lambda: pytest.fail)
    with pytest.raises(ImageError, match="x claims 9 x 7 pixels"):
        decode_image(PLAIN, "x")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    filters=st.lists(st.integers(0, FILTERS - 1), min_size=1, max_size=12),
    width=st.integers(1, 20),
    level=st.integers(0, 9),
    parts=st.integers(1, 5),
    seed=st.integers(0, 1000),
)
def test_every_filter_and_every_cut_gives_what_pillow_gives(
    filters: list[int], width: int, level: int, parts: int, seed: int
):
    pytest.importorskip("imagecodecs")
    random = np.random.default_rng(seed)
    rows = b"".join(bytes([each]) + random.bytes(3 * width) for each in filters)
    packed = zlib.compress(rows, level)
    cuts = sorted(int(each) for each in random.integers(0, len(packed) + 1, parts - 1))
    bodies = (packed[a:b] for a, b in zip([0, *cuts], [*cuts, len(packed)], strict=True))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(filters), 8, 2, 0, 0, 0))
    file = HEADER[:8] + header + b"".join(chunk(b"IDAT", body) for body in bodies) + END
    with Image.open(io.BytesIO(file)) as image:
        expected = np.array(image)
    pixels = decode_plain_png(io.BytesIO(file), "x")
    assert pixels is not None
    np.testing.assert_array_equal(pixels, expected)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(where=st.floats(0, 1, exclude_max=True), junk=st.binary(min_size=1, max_size=4), sound=st.booleans())
def test_damage_anywhere_has_the_same_outcome_with_and_without(where: float, junk: bytes, sound: bool):  # noqa: FBT001 -- drawn by hypothesis
    pytest.importorskip("imagecodecs")
    at = 8 + int(where * (len(PLAIN) - 8))
    file = PLAIN[:at] + junk + PLAIN[at + len(junk) :]
    if sound and len(HEADER) + 8 <= at < len(HEADER + PIXELS) - 4:  # damaged before it was put into a file
        file = HEADER + chunk(b"IDAT", file[len(HEADER) + 8 : len(HEADER + PIXELS) - 4]) + END
    found = outcome(file)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plain_png, "_libpng", lambda: None)
        np.testing.assert_array_equal(found, outcome(file))
