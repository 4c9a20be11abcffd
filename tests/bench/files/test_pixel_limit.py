"""Headers that claim too much are refused in every format, before memory is taken."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from helpers.tiffs import tiff_file
from PIL import Image, ImageFile
from restorebench.bench.errors import ImageError, UsageError
from restorebench.bench.files import plain_png
from restorebench.bench.files.images import decode_image, encode_png, image_size
from restorebench.bench.files.pixel_limit import VARIABLE, check_pixels, most_megapixels

SMALL = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def saved(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(SMALL).save(buffer, kind, **options)
    return buffer.getvalue()


def png_of(height: int, width: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        encode_png(SMALL)[:8]
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
        + (encode_png(SMALL)[33:])
    )


def jpeg_of(height: int, width: int) -> bytes:
    whole = saved("JPEG")
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", height, width) + whole[place + 4 :]


def bmp_of(height: int, width: int) -> bytes:
    whole = saved("BMP")
    return whole[:18] + struct.pack("<ii", width, height) + whole[26:]


def tiff_of(height: int, width: int, *, depth: type[np.unsignedinteger] = np.uint8, planar: bool = False) -> bytes:
    whole = bytearray(tiff_file(SMALL.astype(depth), photometric=2, planar=planar, rows=20))
    directory = int.from_bytes(whole[4:8], "little") + 2
    for entry, value in ((directory, width), (directory + 12, height)):
        whole[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(whole)


def webp_of(height: int, width: int) -> bytes:
    whole = saved("WEBP", lossless=True, exif=b"Exif\0\0II*\0")
    assert whole[12:16] == b"VP8X"
    return whole[:24] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + whole[30:]


CLAIMS: dict[str, bytes] = {
    "png": png_of(200_000, 300_000),
    "jpeg": jpeg_of(65_000, 65_000),
    "bmp": bmp_of(200_000, 300_000),
    "webp": webp_of(16_383, 16_383),
    "tiff": tiff_of(200_000, 318_000),
    "tiff in planes": tiff_of(200_000, 318_000, depth=np.uint16, planar=True),
}


@pytest.mark.parametrize("ask", [decode_image, image_size])
@pytest.mark.parametrize("kind", CLAIMS)
def test_a_claim_is_refused_by_the_header(kind: str, ask: Callable[[bytes, str], object]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ImageError, match=rf"^x claims \d+ x \d+ pixels, .* megapixels.*{VARIABLE}"):
            ask(CLAIMS[kind], "x")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_the_limit_is_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_megapixels() == 178
    check_pixels(10_000, 17_800, "x")
    monkeypatch.setenv(VARIABLE, "0.0005")
    with pytest.raises(ImageError, match=r"x claims 20 x 30 pixels, which is more than 0\.0005 megapixels"):
        decode_image(encode_png(SMALL), "x")
    monkeypatch.setenv(VARIABLE, "0.0006")
    assert decode_image(encode_png(SMALL), "x").shape == (20, 30, 3)


@pytest.mark.parametrize("text", ["many", "-1", "0", "nan"])
def test_a_limit_that_is_no_number_is_a_sentence(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(UsageError, match=f"is '{text}': set it to millions of pixels"):
        image_size(encode_png(SMALL), "x")


def test_a_large_image_within_the_limit_is_read_without_a_warning() -> None:
    wide = Image.new("1", (20_000, 5_000))  # 100 megapixels, of which Pillow warns
    buffer = io.BytesIO()
    wide.save(buffer, "PNG")
    assert image_size(buffer.getvalue(), "x") == (5_000, 20_000)


@pytest.mark.parametrize("libpng", [False, True])
def test_lack_of_memory_fails_that_image(monkeypatch: pytest.MonkeyPatch, *, libpng: bool) -> None:
    def lack(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(plain_png, "_libpng", lambda: lack if libpng else None)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lack)
    with pytest.raises(ImageError, match=r"^x does not fit into memory"):
        decode_image(encode_png(SMALL), "x")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP", "TIFF", "planes"])
def test_a_size_is_found_without_decoding(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planes = tiff_file(SMALL.astype(np.uint16), photometric=0 if kind == "x" else 2, planar=True)
    content = planes if kind == "planes" else saved(kind)

    def decoded(*_: object, **__: object) -> None:
        pytest.fail("the pixels were decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    monkeypatch.setattr(tifffile.TiffPage, "asarray", decoded)
    monkeypatch.setattr(tifffile.TiffPage, "segments", decoded)
    assert image_size(content, "x") == (20, 30)


def test_a_run_goes_on_after_an_image_that_claims_too_much(tmp_path: Path) -> None:
    from restorebench.bench.cli import main
    from restorebench.bench.runs.run import load_run

    for folder in ("input", "target"):
        (tmp_path / "data" / folder).mkdir(parents=True)
        for key in ("a", "c"):
            (tmp_path / "data" / folder / f"{key}.tif").write_bytes(saved("TIFF"))
        (tmp_path / "data" / folder / "b.tif").write_bytes(CLAIMS["tiff in planes"])
    words = [
        "run",
        "-m",
        "identity",
        "-d",
        f"paired={tmp_path / 'data'}",
        "-p",
        "rgb@1",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(words) == 1
    run = load_run(tmp_path / "out" / "paired" / "identity")
    assert [record.status for record in run.records] == ["ok", "failed", "ok"]
    assert "claims 200000 x 318000 pixels" in str(run.records[1].reason)
