"""The rule by which files become RGB arrays, checked with files made by other writers."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from restorebench.bench.errors import ImageError
from restorebench.bench.files.images import (
    FileImage,
    decode_image,
    encode_png,
    image_size,
    save_png,
    save_source,
    source_size,
)

RNG = np.random.default_rng(7)
COLOUR = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (5, 7, 4), dtype=np.uint16)


def png(pixels: np.ndarray, colour_type: int) -> bytes:
    """A PNG by the specification, 8 or 16 bit: Pillow cannot write 16-bit colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width = pixels.shape[:2]
    depth = pixels.dtype.itemsize * 8
    rows = b"".join(b"\0" + row.astype(pixels.dtype.newbyteorder(">")).tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(pixels: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True})],
)
def test_lossless_formats_give_their_pixels(kind: str, options: dict[str, object]) -> None:
    decoded = decode_image(encoded(Image.fromarray(COLOUR), kind, **options), "x")
    np.testing.assert_array_equal(decoded, COLOUR)
    assert decoded.dtype == np.uint8
    assert decoded.flags.c_contiguous
    assert decoded.flags.writeable


def test_jpeg_is_decoded_as_rgb() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[:, :, 0] = 200
    decoded = decode_image(encoded(Image.fromarray(red), "JPEG", quality=100), "x").astype(int)
    assert np.abs(decoded - red).max() <= 2


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_greyscale_fills_three_channels(kind: str) -> None:
    decoded = decode_image(encoded(Image.fromarray(COLOUR[:, :, 0]), kind), "x")
    np.testing.assert_array_equal(decoded, np.repeat(COLOUR[:, :, :1], 3, axis=2))


def test_one_bit_is_black_and_white() -> None:
    bits = Image.fromarray((COLOUR[:, :, 0] > 127).astype(np.uint8) * 255).convert("1")
    decoded = decode_image(encoded(bits, "PNG"), "x")
    np.testing.assert_array_equal(decoded[:, :, 1], np.where(COLOUR[:, :, 0] > 127, 255, 0))


def test_palette_gives_its_colours() -> None:
    image = Image.fromarray(COLOUR[:, :, 0] % 4).convert("P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
    expected = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90], [100, 110, 120]])[COLOUR[:, :, 0] % 4]
    np.testing.assert_array_equal(decode_image(encoded(image, "PNG"), "x"), expected)


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3)])
def test_sixteen_bit_png_keeps_the_high_byte(colour_type: int, channels: int) -> None:
    decoded = decode_image(png(DEEP[:, :, :channels], colour_type), "x")
    np.testing.assert_array_equal(decoded, np.broadcast_to(DEEP[:, :, :channels] >> 8, (5, 7, 3)))


def test_widening_by_257_is_undone_exactly() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    wide = values.astype(np.uint16) * 257
    np.testing.assert_array_equal(decode_image(png(wide, 2), "x"), values)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_sixteen_bit_colour_tiff_keeps_the_high_byte(byteorder: str, planes: str, compression: str | None) -> None:
    pixels = DEEP[:, :, :3] if planes == "contig" else np.moveaxis(DEEP[:, :, :3], 2, 0)
    file = tiff(pixels, photometric="rgb", planarconfig=planes, byteorder=byteorder, compression=compression)
    np.testing.assert_array_equal(decode_image(file, "x"), DEEP[:, :, :3] >> 8)
    assert image_size(file, "x") == (5, 7)


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_sixteen_bit_grey_tiff_keeps_the_high_byte(byteorder: str) -> None:
    file = tiff(DEEP[:, :, 0], photometric="minisblack", byteorder=byteorder)
    np.testing.assert_array_equal(decode_image(file, "x"), np.repeat(DEEP[:, :, :1] >> 8, 3, axis=2))


def test_opaque_alpha_is_dropped() -> None:
    opaque = np.dstack([COLOUR, np.full((5, 7), 255, np.uint8)])
    np.testing.assert_array_equal(decode_image(encoded(Image.fromarray(opaque), "PNG"), "x"), COLOUR)
    deep = DEEP.copy()
    deep[:, :, 3] = 65535
    np.testing.assert_array_equal(decode_image(png(deep, 6), "x"), DEEP[:, :, :3] >> 8)


def test_opaque_grey_alpha_and_opaque_transparent_palette_are_accepted() -> None:
    grey = np.dstack([COLOUR[:, :, 0], np.full((5, 7), 255, np.uint8)])
    np.testing.assert_array_equal(decode_image(png(grey, 4), "x"), np.repeat(COLOUR[:, :, :1], 3, axis=2))
    palette = Image.fromarray(np.zeros((2, 2), np.uint8)).convert("P")
    palette.putpalette([9, 8, 7, 0, 0, 0])
    assert decode_image(encoded(palette, "PNG", transparency=1), "x").tolist() == [[[9, 8, 7]] * 2] * 2


@pytest.mark.parametrize(
    "file",
    [
        encoded(Image.fromarray(np.dstack([COLOUR, COLOUR[:, :, 0]])), "PNG"),
        encoded(Image.fromarray(np.zeros((2, 2), np.uint8)).convert("P"), "PNG", transparency=0),
        encoded(Image.fromarray(np.zeros((2, 2, 3), np.uint8)), "PNG", transparency=(0, 0, 0)),
    ],
    ids=["alpha", "palette", "colour key"],
)
def test_transparency_is_refused(file: bytes) -> None:
    with pytest.raises(ImageError, match=r"^x is partly transparent: flatten"):
        decode_image(file, "x")


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("LAB", "TIFF"), ("F", "TIFF")])
def test_other_colour_spaces_are_refused(mode: str, kind: str) -> None:
    with pytest.raises(ImageError, match=f"^x has colour mode {mode}: convert"):
        decode_image(encoded(Image.new(mode, (4, 4)), kind), "x")


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PNG"])
def test_several_frames_are_refused(kind: str) -> None:
    frames = [Image.fromarray(COLOUR), Image.fromarray(255 - COLOUR)]
    with pytest.raises(ImageError, match="several frames"):
        decode_image(encoded(frames[0], kind, save_all=True, append_images=frames[1:]), "x")


def test_the_orientation_tag_is_not_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = encoded(Image.fromarray(COLOUR), "PNG", exif=exif)
    np.testing.assert_array_equal(decode_image(file, "x"), COLOUR)


def test_absent_empty_truncated_and_foreign_files_are_one_sentence(tmp_path: Path) -> None:
    whole = encode_png(RNG.integers(0, 256, (40, 40, 3), dtype=np.uint8))
    files = {"empty.png": b"", "cut.png": whole[: len(whole) // 2], "text.png": b"this is no image at all"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    messages = {
        "gone.png": "correct the path, or put the image back",
        "empty.png": "is empty",
        "cut.png": "truncated or damaged",
        "text.png": "not an image",
    }
    for name, part in messages.items():
        with pytest.raises(ImageError, match=part) as caught:
            FileImage(tmp_path / name).read()
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(ImageError, match="cannot be read"):
        _ = FileImage(tmp_path / "gone.png").size_bytes


FORMATS = {
    "png": encoded(Image.fromarray(COLOUR), "PNG"),
    "jpeg": encoded(Image.fromarray(COLOUR), "JPEG"),
    "bmp": encoded(Image.fromarray(COLOUR), "BMP"),
    "tiff": encoded(Image.fromarray(COLOUR), "TIFF"),
    "planes": tiff(np.moveaxis(DEEP[:, :, :3], 2, 0), photometric="rgb", planarconfig="separate"),
    "webp": encoded(Image.fromarray(COLOUR), "WEBP"),
}


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(sorted(FORMATS)),
    where=st.floats(0, 1),
    junk=st.binary(min_size=1, max_size=4),
    cut=st.booleans(),
)
def test_damage_anywhere_is_an_image_or_an_image_error(kind: str, where: float, junk: bytes, cut: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
    whole = FORMATS[kind]
    at = int(where * len(whole))
    damaged = whole[:at] if cut else whole[:at] + junk + whole[at + len(junk) :]
    try:
        decoded = decode_image(damaged, "x")
    except ImageError:
        return
    assert decoded.dtype == np.uint8
    assert decoded.shape[2] == 3


def test_png_round_trip_and_size(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"
    save_png(path, COLOUR)
    source = FileImage(path)
    np.testing.assert_array_equal(source.read(), COLOUR)
    assert source_size(source) == (5, 7)
    assert source.size_bytes == path.stat().st_size == len(encode_png(COLOUR))


def test_a_plain_png_is_copied_as_it_is_compressed_and_without_its_metadata(tmp_path: Path) -> None:
    note = PngInfo()
    note.add_text("Author", "somebody")
    for name, options in {"plain": {}, "physical": {"dpi": (72, 72)}, "texts": {"pnginfo": note}}.items():
        Image.fromarray(COLOUR).save(tmp_path / f"{name}.png", compress_level=9, **options)
    Image.fromarray(COLOUR).save(tmp_path / "photograph.bmp")
    Image.fromarray(COLOUR[:, :, 0]).save(tmp_path / "grey.png")
    for file in list(tmp_path.iterdir()):
        copy = tmp_path / "copies" / file.name
        save_source(copy, FileImage(file))
        np.testing.assert_array_equal(FileImage(copy).read(), FileImage(file).read())
        with Image.open(copy) as image:
            assert (image.format, image.info) == ("PNG", {})
    pixels = (tmp_path / "plain.png").read_bytes()
    copied = [(tmp_path / "copies" / f"{name}.png").read_bytes() == pixels for name in ("plain", "physical", "texts")]
    assert copied == [True, True, False]  # the last is written anew, as a text may say anything


def test_what_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(encode_png(COLOUR)[:60])
    for name in ("cut.png", "absent.png"):
        with pytest.raises(ImageError, match=name):
            save_source(tmp_path / "copies" / name, FileImage(tmp_path / name))
    assert not (tmp_path / "copies").exists()


def test_an_interrupted_save_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    save_png(path, COLOUR)

    def full_disk(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_png(path, 255 - COLOUR)
    np.testing.assert_array_equal(FileImage(path).read(), COLOUR)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_size_comes_from_the_header_alone() -> None:
    whole = encode_png(RNG.integers(0, 256, (40, 50, 3), dtype=np.uint8))
    assert image_size(whole[:100], "x") == (40, 50)


def test_size_of_a_source_without_a_header_is_found_by_decoding() -> None:
    class Memory:
        name = "memory"
        size_bytes = 105

        def read(self) -> np.ndarray:
            return COLOUR

    assert source_size(Memory()) == (5, 7)


TIFFS: dict[str, tuple[type[np.unsignedinteger[Any]], str, str]] = {
    "8 bit colour": (np.uint8, "rgb", "contig"),
    "8 bit colour in planes": (np.uint8, "rgb", "separate"),
    "16 bit colour": (np.uint16, "rgb", "contig"),
    "16 bit colour in planes": (np.uint16, "rgb", "separate"),
    "8 bit grey": (np.uint8, "minisblack", "contig"),
    "8 bit grey, white is 0": (np.uint8, "miniswhite", "contig"),
    "16 bit grey": (np.uint16, "minisblack", "contig"),
    "16 bit grey, white is 0": (np.uint16, "miniswhite", "contig"),
}


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", TIFFS)
def test_no_tag_of_a_tiff_turns_or_inverts_it(kind: str, order: Literal["<", ">"], compression: str | None):
    depth, photometric, planar = TIFFS[kind]
    colour = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    expected = colour if photometric == "rgb" else np.repeat(colour[..., 1:2], 3, axis=2)
    stored = (colour if photometric == "rgb" else colour[..., 1]).astype(depth) * (257 if depth is np.uint16 else 1)
    if photometric == "miniswhite":
        stored = np.iinfo(depth).max - stored
    if planar == "separate":
        stored = np.moveaxis(stored, 2, 0)
    for orientation in range(1, 9):
        content = io.BytesIO()
        tifffile.imwrite(
            content,
            stored.astype(depth),
            byteorder=order,
            compression=compression,
            photometric=photometric,
            planarconfig=planar if photometric == "rgb" else None,
            extratags=[(274, "H", 1, orientation, True)],
        )
        assert np.array_equal(decode_image(content.getvalue(), "x.tif"), expected), orientation
        assert image_size(content.getvalue(), "x.tif") == (20, 30)


def test_of_a_photograph_with_a_preview_behind_it_the_photograph_is_read():
    buffer = io.BytesIO()
    photograph = Image.fromarray(np.full((16, 24, 3), (200, 20, 20), np.uint8))
    photograph.save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))], quality=100)
    assert Image.open(io.BytesIO(buffer.getvalue())).format == "MPO"
    decoded = decode_image(buffer.getvalue(), "x")
    assert image_size(buffer.getvalue(), "x") == (16, 24)
    assert np.abs(decoded.astype(int) - (200, 20, 20)).max() <= 2
