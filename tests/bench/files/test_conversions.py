from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from restorebench.bench.errors import ImageError
from restorebench.bench.files.conversions import ALPHA, DEEP, GREY, LOSSY, PALETTE, conversions

RGB = np.random.default_rng(0).integers(0, 255, (12, 16, 3), dtype=np.uint8)


def written(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # pyright: ignore[reportArgumentType]
    return path


def found(path: Path) -> tuple[str, ...]:
    return conversions(path, path.name)


@pytest.mark.parametrize(
    ("name", "mode", "options", "expected"),
    [
        ("plain.png", "RGB", {}, ()),
        ("plain.bmp", "RGB", {}, ()),
        ("plain.tif", "RGB", {}, ()),
        ("plain.webp", "RGB", {"lossless": True}, ()),
        ("photo.jpg", "RGB", {}, (LOSSY,)),
        ("grey.jpg", "L", {}, (LOSSY, GREY)),
        ("photo.webp", "RGB", {"quality": 50}, (LOSSY,)),
        ("jpeg.tif", "RGB", {"compression": "jpeg"}, (LOSSY,)),
        ("grey.png", "L", {}, (GREY,)),
        ("bits.png", "1", {}, (GREY,)),
        ("palette.png", "P", {}, (PALETTE,)),
        ("alpha.png", "RGBA", {}, (ALPHA,)),
        ("grey-alpha.png", "LA", {}, (GREY, ALPHA)),
    ],
)
def test_what_a_file_is_read_as(
    tmp_path: Path, name: str, mode: str, options: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert found(written(tmp_path / name, Image.fromarray(RGB).convert(mode), **options)) == expected


def test_sixteen_bit_is_said(tmp_path: Path) -> None:
    deep = RGB.astype(np.uint16) * 257
    grey = written(tmp_path / "grey.png", Image.fromarray(deep[..., 0]))
    assert found(grey) == (DEEP, GREY)
    tifffile.imwrite(tmp_path / "rgb.tif", deep, photometric="rgb")
    assert found(tmp_path / "rgb.tif") == (DEEP,)
    tifffile.imwrite(tmp_path / "planes.tif", deep.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
    assert found(tmp_path / "planes.tif") == (DEEP,)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(ImageError, match=r"text\.png"):
        found(tmp_path / "text.png")
