"""Training pairs without a download: crops of clean photographs, degraded by `synthesis` on reading."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..bench.contracts import DatasetCard, ImagePair, PairedDataset, UInt8Image
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, UsageError
from ..bench.files.images import decode_image, image_size
from .layouts.layout import folder_of_images, image_files
from .layouts.paired_list import open_pairs
from .synthesis import DegradationName, degrade
from .synthesis.photographs import TRAIN, photograph

__all__ = ["photographs_train"]

MARGIN = 24
"""Border in pixels around a crop to be blurred; more than half of the longest motion path."""

CARD = DatasetCard(
    name="photographs-train",
    title="degraded photographs (training)",
    task="restoration",
    expected_pairs=None,
    default_protocol="rgb@1",
    layouts=("embedded", "NAME.png (any clean photographs)"),
    licence="public domain and CC0 photographs from scikit-image; images of a folder remain yours",
    homepage="https://scikit-image.org",
    how_to_get=(
        "It is embedded: use photographs-train[task=blur], or rain, snow, haze or noise. To degrade your own clean "
        "images, use photographs-train[task=rain]=FOLDER."
    ),
    demonstration=True,
    notes=(
        "For training: none of its photographs is in the quickstart data sets.",
        "Degradations are drawn from the same ranges as in the quickstart data sets.",
    ),
)


@register_dataset(CARD)
def photographs_train(
    root: Path | None = None, *, task: DegradationName = "blur", count: int = 800, size: int = 160, seed: int = 0
) -> PairedDataset:
    """Open `count` randomly degraded crops of clean photographs; the same options give the same pixels.

    Args:
        root: a folder of clean images; `None` for the training photographs in scikit-image.
        task: motion blur, rain, snow, haze or white noise.
        count: number of pairs, each with its own photograph, position and degradation.
        size: side of the square crops in pixels.
        seed: seed of all random choices.

    Raises:
        UsageError: `count` or `size` is not positive.
        DatasetError: the folder has no images, or one is smaller than `size`.
    """
    if count < 1 or size < 1:
        raise UsageError(f"photographs-train needs a positive count and size, not count={count} and size={size}.")
    clean = _folder(root, size) if root is not None else tuple(_Clean(name) for name in TRAIN)
    draws = (_Draw(clean[index % len(clean)], task, size, seed, index) for index in range(count))
    pairs = (
        ImagePair(draw.key, _Cut(draw, degraded=True), _Cut(draw, degraded=False), draw.clean.name) for draw in draws
    )
    variant = f"{task} {size} seed {seed}"
    return open_pairs(
        CARD, pairs, layout="folder" if root else "embedded", root=str(root or "embedded"), variant=variant
    )


@dataclass(frozen=True, slots=True)
class _Clean:
    """A clean photograph: a file, or one from scikit-image."""

    name: str
    path: Path | None = None

    def read(self) -> UInt8Image:
        return photograph(self.name) if self.path is None else _decoded(self.path)


@lru_cache(maxsize=32)
def _decoded(path: Path) -> UInt8Image:
    return decode_image(path, str(path))


@dataclass(frozen=True, slots=True)
class _Draw:
    """All parameters of one pair."""

    clean: _Clean
    task: DegradationName
    size: int
    seed: int
    index: int

    @property
    def key(self) -> str:
        return f"{self.index:05d}-{self.clean.name}"

    def rng(self) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([self.seed, self.index]))


@dataclass(frozen=True, slots=True)
class _Cut:
    """An `ImageSource` that synthesises its image reproducibly on reading."""

    draw: _Draw
    degraded: bool

    @property
    def name(self) -> str:
        """Description for messages."""
        return f"{self.draw.key} ({'degraded' if self.degraded else 'target'}, synthetic)"

    @property
    def size_bytes(self) -> int:
        """Size of the uncompressed pixels."""
        return self.draw.size**2 * 3

    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.draw.size, self.draw.size

    def read(self) -> UInt8Image:
        """Synthesise the image, (size, size, 3) uint8 RGB.

        Raises:
            ImageError: the clean file cannot be read.
        """
        draw, rng = self.draw, self.draw.rng()
        whole = draw.clean.read()
        height, width, _ = whole.shape
        top, left = (int(rng.random() * room) for room in (height - draw.size + 1, width - draw.size + 1))
        margin = MARGIN if draw.task == "blur" else 0
        above, before = min(top, margin), min(left, margin)
        wider = whole[top - above : top + draw.size + margin, left - before : left + draw.size + margin]
        inside = (slice(above, above + draw.size), slice(before, before + draw.size))
        return (degrade(wider, draw.task, rng) if self.degraded else wider)[inside].copy()


def _folder(root: Path, size: int) -> tuple[_Clean, ...]:
    files = sorted(image_files(folder_of_images(root))) if root.is_dir() else []
    if not files:
        raise DatasetError(f"{root} is not a folder with images: give a folder of clean photographs.")
    for path in files:
        if min(image_size(path, str(path))) < size:
            raise DatasetError(f"{path} is smaller than {size} pixels: remove it, or choose a smaller size.")
    return tuple(_Clean(path.stem, path) for path in files)
