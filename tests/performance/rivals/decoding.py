"""Decoding of image files by other libraries: how long, and whether they give the pixels that Pillow gives."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from restorebench.bench.errors import ImageError
from restorebench.bench.files.images import decode_image

from .contest import Contest, Rival, absent, is_installed, library
from .photographs import pair

ROOM = "decoding"
PACKAGES = {
    "OpenCV": ("cv2", "opencv-python-headless"),
    "imagecodecs": ("imagecodecs", "imagecodecs"),
    "pyvips": ("pyvips", "'pyvips[binary]'"),
    "torchvision.io": ("torchvision", "torchvision"),
    "pyspng": ("pyspng", "pyspng-seunglab"),
    "simplejpeg": ("simplejpeg", "simplejpeg"),
}
"""Title to module and what to install."""

ONLY = {"pyspng": "PNG", "simplejpeg": "JPEG"}

Decode = Callable[[bytes], NDArray[Any]]


def contests() -> Iterator[Contest]:
    """A 1280x720 photograph as PNG, packed as datasets are, and as JPEG; every decoder gets the file in memory."""
    _, photograph = pair()
    files = {"PNG": encoded(photograph, "png"), "JPEG": encoded(photograph, "jpeg", quality=95)}
    for kind, file in files.items():

        def ours(file: bytes = file) -> None:
            decode_image(file, "photograph")

        yield Contest(ROOM, f"{kind}, 1280x720", ours, tuple(rivals(kind, file)), 4)


def rivals(kind: str, file: bytes) -> Iterator[Rival]:
    """Every decoder of this kind of file."""
    for name, decode in {"Pillow": by_pillow, **decoders(kind)}.items():
        if decode is None:
            yield absent(name, PACKAGES[name][1])
            continue

        def run(decode: Decode = decode) -> None:
            decode(file)

        yield Rival(name, run, same(decode, file))


def decoders(kind: str) -> Mapping[str, Decode | None]:
    """Title to decoder; `None` where it is not installed."""
    chosen = {name: module for name, (module, _) in PACKAGES.items() if ONLY.get(name, kind) == kind}
    makers = {
        "OpenCV": by_opencv,
        "imagecodecs": by_imagecodecs,
        "pyvips": by_vips,
        "torchvision.io": by_torchvision,
        "pyspng": by_pyspng,
        "simplejpeg": by_simplejpeg,
    }
    return {name: makers[name](kind) if is_installed(module) else None for name, module in chosen.items()}


def by_pillow(file: bytes) -> NDArray[Any]:
    with Image.open(io.BytesIO(file)) as image:
        return np.array(image)


def by_opencv(_: str) -> Decode:
    cv2 = library("cv2")

    def decode(file: bytes) -> NDArray[Any]:
        image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
        colours = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
        return image if image.ndim == 2 else cv2.cvtColor(image, colours[image.shape[2]])

    return decode


def by_imagecodecs(kind: str) -> Decode:
    imagecodecs = library("imagecodecs")
    return imagecodecs.png_decode if kind == "PNG" else imagecodecs.jpeg8_decode


def by_vips(_: str) -> Decode:
    pyvips = library("pyvips")
    pyvips.cache_set_max(0)  # it would otherwise remember the image
    return lambda file: pyvips.Image.new_from_buffer(file, "").numpy()


def by_torchvision(kind: str) -> Decode:
    import torch

    decoders = library("torchvision.io")
    decoder = decoders.decode_png if kind == "PNG" else decoders.decode_jpeg

    def decode(file: bytes) -> NDArray[Any]:
        return decoder(torch.frombuffer(bytearray(file), dtype=torch.uint8)).permute(1, 2, 0).contiguous().numpy()

    return decode


def by_pyspng(_: str) -> Decode:
    return library("pyspng").load


def by_simplejpeg(_: str) -> Decode:
    simplejpeg = library("simplejpeg")
    return lambda file: simplejpeg.decode_jpeg(file, fastdct=False, fastupsample=False)


def same(decode: Decode, file: bytes) -> str:
    """Whether a decoder gives Pillow's pixels: as they are stored, or with the colours of a palette looked up."""
    try:
        found = decode(file).squeeze()
    except Exception as error:  # noqa: BLE001 -- every library has exceptions of its own
        return f"fails ({type(error).__name__})"
    with Image.open(io.BytesIO(file)) as image:
        forms = [np.array(each).squeeze() for each in (image, image.convert("RGB"), image.convert("RGBA"))]
    alike = [form for form in forms if form.shape == found.shape and form.dtype == found.dtype]
    if not alike:
        return f"{found.dtype} {' x '.join(map(str, found.shape[2:])) or 'grey'}"
    differing = min(int((found != form).sum()) for form in alike)
    return "same pixels" if differing == 0 else f"{differing / found.size:.0%} of the values differ"


def pictures() -> dict[str, dict[str, str]]:
    """Kind of file to decoder to whether its pixels are those of Pillow; the first column is this project's rule."""
    found: dict[str, dict[str, str]] = {}
    for title, (kind, file) in odd_files().items():
        decode_all = {name: decode for name, decode in decoders(kind).items() if decode is not None}
        try:
            decode_image(file, title)
            rule = "read"
        except ImageError:
            rule = "refused"
        found[title] = {"restorebench": rule} | {name: same(each, file) for name, each in decode_all.items()}
    return found


def odd_files() -> dict[str, tuple[str, bytes]]:
    """Title to kind and file: what test sets have, and what they should not have."""
    _, colour = pair(64, 96)
    image, alpha = Image.fromarray(colour), np.full((64, 96, 1), 255, np.uint8)
    half = alpha.copy()
    half[:32] = 128
    exif = Image.Exif()
    exif[0x0112] = 6
    palette = image.quantize(64)
    plain = encoded(colour, "png")
    return {
        "PNG, RGB": ("PNG", plain),
        "PNG, grey": ("PNG", encoded(colour[:, :, 0], "png")),
        "PNG, palette": ("PNG", written(palette, "png")),
        "PNG, opaque alpha": ("PNG", encoded(np.dstack([colour, alpha]), "png")),
        "PNG, partly transparent": ("PNG", encoded(np.dstack([colour, half]), "png")),
        "PNG, transparent colour": ("PNG", written(image, "png", transparency=(1, 2, 3))),
        "PNG, 16-bit grey": ("PNG", written(Image.fromarray(colour[:, :, 0].astype(np.uint16) * 257), "png")),
        "PNG, gamma 1/1.8": ("PNG", with_chunk(plain, b"gAMA", struct.pack(">I", 55556))),
        "PNG, colour profile": ("PNG", written(image, "png", icc_profile=profile())),
        "PNG, EXIF orientation": ("PNG", written(image, "png", exif=exif)),
        "JPEG, 4:2:0": ("JPEG", encoded(colour, "jpeg", quality=95)),
        "JPEG, 4:4:4": ("JPEG", encoded(colour, "jpeg", quality=95, subsampling=0)),
        "JPEG, progressive": ("JPEG", encoded(colour, "jpeg", quality=95, progressive=True)),
        "JPEG, grey": ("JPEG", encoded(colour[:, :, 0], "jpeg", quality=95)),
        "JPEG, EXIF orientation": ("JPEG", written(image, "jpeg", exif=exif)),
        "JPEG, CMYK": ("JPEG", written(image.convert("CMYK"), "jpeg")),
    }


def profile() -> bytes:
    """An sRGB profile."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:33] + chunk + png[33:]


def encoded(pixels: NDArray[Any], kind: str, **options: Any) -> bytes:
    """An image file by Pillow."""
    return written(Image.fromarray(pixels), kind, **options)


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    """An image file by Pillow."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
