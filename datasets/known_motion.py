"""Clean photographs of a folder, blurred by motion that is known: its extent and its direction are attributes."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..bench.contracts import DatasetCard, ImagePair, PairedDataset, UInt8Image
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, UsageError
from ..bench.files.images import decode_image, image_size
from ..bench.files.versions import file_version
from .layouts.layout import image_files
from .layouts.paired_list import open_pairs
from .synthesis import SensorNoise
from .synthesis.motion import MotionBlur, blur_along, camera_path, mean_direction, path_extent

__all__ = ["known_motion"]

MARGIN = 32
"""Border of a photograph in pixels that is only seen where it moves into the frame."""

LARGEST = 45
"""Extent in pixels up to which a path stays within the margin, nearly always."""

EXTENTS = "5-15+15-30+30-45"

CARD = DatasetCard(
    name="known-motion",
    title="known motion",
    task="deblurring",
    expected_pairs=None,
    default_protocol="gopro@1",
    layouts=("NAME.png (any clean photographs)",),
    licence="that of the photographs",
    homepage="https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/resources.html",
    how_to_get="Give a folder of clean photographs, such as those of BSDS500 by Arbelaez et al.: known-motion=FOLDER.",
    notes=(
        "Camera shake is synthetic: see restorebench.datasets.synthesis.",
        f"Photographs lose a border of {MARGIN} pixels, so that what moves into the frame is real.",
        "Slice by --by extent or --by direction: the data set knows both.",
        "The blurred versions of one photograph form a cluster in statistics.",
    ),
)


@register_dataset(CARD)
def known_motion(
    root: Path | None, *, extents: str = EXTENTS, draws: int = 1, size: int = 0, seed: int = 0
) -> PairedDataset:
    """Open a folder of clean photographs, each blurred by motion of every range of extents.

    A motion depends on the name of its photograph, the range and the options, so that other photographs in the folder
    change nothing. Its attributes are `extent`, the largest distance between two points of its path in pixels, and
    `direction`, that of its mean velocity in degrees from 0 to below 180 (0 = horizontal, 90 = vertical).

    Args:
        root: the folder.
        extents: ranges in pixels, joined by `+`; each is drawn from uniformly.
        draws: motions for each photograph and range.
        size: side in pixels of square crops at random places; 0 for the whole photograph.
        seed: of all random choices.

    Raises:
        UsageError: `extents` are no ranges from 1 to 45 pixels, or a number is out of range.
        DatasetError: there is no folder, it has no images, or an image is too small or has the name of another but for
            the suffix.
    """
    ranges = _ranges(extents)
    if draws < 1 or size < 0 or seed < 0:
        raise UsageError(
            f"known-motion needs draws of at least 1, and no negative size or seed, not draws={draws}, size={size} and "
            f"seed={seed}."
        )
    if root is None:
        raise DatasetError("known-motion needs a folder of clean photographs: write known-motion=FOLDER.")
    files = _photographs(root, size)
    blurred = (_Blurred(path, bounds, draw, size, seed) for path, bounds, draw in product(files, ranges, range(draws)))
    pairs = [
        ImagePair(each.key(draws), each, _Sharp(each), each.path.stem, attributes=each.attributes()) for each in blurred
    ]
    crop = f" crops of {size}" if size else ""
    variant = f"{extents} pixels{crop} seed {seed}" + (f" draws {draws}" if draws > 1 else "")
    return open_pairs(CARD, pairs, layout="folder", root=str(root), variant=variant)


@dataclass(frozen=True, slots=True)
class _Blurred:
    """An `ImageSource` that blurs its photograph reproducibly on reading."""

    path: Path
    bounds: tuple[int, int]
    """Smallest and largest extent in pixels."""

    draw: int
    crop: int
    seed: int

    @property
    def name(self) -> str:
        """Description for messages."""
        return f"{self.path} (blurred by {self.bounds[0]} to {self.bounds[1]} pixels)"

    @property
    def size_bytes(self) -> int:
        """Size of the uncompressed pixels."""
        height, width = self.size()
        return height * width * 3

    def key(self, draws: int) -> str:
        """Photograph, range, and number of the draw if there are several."""
        low, high = self.bounds
        return f"{self.path.stem}/{low:02d}-{high:02d}" + (f"/{self.draw}" if draws > 1 else "")

    def attributes(self) -> dict[str, float]:
        """Extent and direction of the motion."""
        motion, _ = self._drawn()
        return {"extent": path_extent(motion), "direction": mean_direction(motion)}

    def size(self) -> tuple[int, int]:
        """(height, width) of both images."""
        if self.crop:
            return self.crop, self.crop
        height, width = image_size(self.path, str(self.path))
        return height - 2 * MARGIN, width - 2 * MARGIN

    def version(self) -> Hashable | None:
        """That of the photograph, and everything that was drawn; see `version_of`."""
        version = file_version(self.path)
        return None if version is None else (version, self)

    def read(self) -> UInt8Image:
        """Blur the photograph, (height, width, 3) uint8 RGB.

        Raises:
            ImageError: the file cannot be read.
        """
        motion, rng = self._drawn()
        return _inside(blur_along(self.seen(), motion, rng, SensorNoise()))

    def seen(self) -> UInt8Image:
        """The part of the photograph that is in the frame at some time, with the margin on every side."""
        whole = _decoded(self.path)
        if not self.crop:
            return whole
        rng = self._rng(0)
        side = self.crop + 2 * MARGIN
        top, left = (int(rng.random() * (length - side + 1)) for length in whole.shape[:2])
        return whole[top : top + side, left : left + side]

    def _drawn(self) -> tuple[NDArray[np.float64], np.random.Generator]:
        """The path of the motion, and the random numbers for the noise."""
        rng = self._rng(1)
        extent, tremor = rng.uniform(*self.bounds), rng.uniform(0.1, 0.5)
        path = camera_path(rng, MotionBlur(tremor=tremor))
        return path * (extent / path_extent(path)), rng

    def _rng(self, purpose: int) -> np.random.Generator:
        name = crc32(self.path.stem.encode())
        return np.random.Generator(np.random.PCG64([self.seed, name, *self.bounds, self.draw, purpose]))


@dataclass(frozen=True, slots=True)
class _Sharp:
    """An `ImageSource` of the photograph before the blur."""

    blurred: _Blurred

    @property
    def name(self) -> str:
        """Description for messages."""
        return str(self.blurred.path)

    @property
    def size_bytes(self) -> int:
        """Size of the uncompressed pixels."""
        return self.blurred.size_bytes

    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.blurred.size()

    def version(self) -> Hashable | None:
        """As that of the blurred one."""
        return self.blurred.version()

    def read(self) -> UInt8Image:
        """Cut the photograph, (height, width, 3) uint8 RGB.

        Raises:
            ImageError: the file cannot be read.
        """
        return _inside(self.blurred.seen()).copy()


@lru_cache(maxsize=32)
def _decoded(path: Path) -> UInt8Image:
    return decode_image(path, str(path))


def _inside(seen: UInt8Image) -> UInt8Image:
    return seen[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _ranges(text: str) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for part in text.split("+"):
        match = re.fullmatch(r"(\d+)-(\d+)", part)
        low, high = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= low < high <= LARGEST or (low, high) in ranges:
            raise UsageError(
                f"known-motion[extents={text}] must be different ranges from 1 to {LARGEST} pixels: write {EXTENTS}."
            )
        ranges.append((low, high))
    return ranges


def _photographs(root: Path, size: int) -> list[Path]:
    files = sorted(image_files(root), key=lambda path: path.name) if root.is_dir() else []
    if not files:
        raise DatasetError(f"{root} is not a folder with images: give a folder of clean photographs.")
    smallest = (size or 1) + 2 * MARGIN
    for path in files:
        if min(image_size(path, str(path))) < smallest:
            raise DatasetError(f"{path} is smaller than {smallest} pixels: remove it, or choose a smaller size.")
    names = [path.stem for path in files]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DatasetError(f"{root} has two images of the name {twice}: give each a name of its own.")
    return files
