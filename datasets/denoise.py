"""Denoising of clean images: white Gaussian noise from the random stream that papers on all-in-one restoration use.

The code of PromptIR (`utils/dataset_utils.py`, class `DenoiseTestDataset`), AdaIR and MoCE-IR crops each image to a
multiple of 16 and, from NumPy's legacy generator seeded once with 0, draws the noise of sigma 15 for all images, then
that of 25, then that of 50. Noisy values are clipped and truncated to 8 bits.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ..bench.contracts import DatasetCard, ImagePair, PairedDataset, UInt8Image
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, UsageError
from ..bench.files.archives import ArchivePath
from ..bench.files.images import FileImage
from ..bench.files.versions import version_of
from ..bench.protocols.inputs import BLOCK, PreparedImage
from .layouts.layout import image_files
from .layouts.paired_list import open_pairs

__all__ = ["denoise", "open_noisy"]

LEVELS = (15, 25, 50)
"""Standard deviations of the noise, in grey levels of 255 and in the order of the stream."""

SEED = 0

State: TypeAlias = "tuple[str, np.ndarray, int, int, float]"
"""State of NumPy's legacy generator."""

CARD = DatasetCard(
    name="denoise",
    title="white Gaussian noise",
    task="denoising",
    expected_pairs=None,
    default_protocol="irsde-rgb@2",
    layouts=("NAME.png (any clean images)",),
    licence="that of the images",
    homepage="https://github.com/va1shn9v/PromptIR",
    how_to_get="Give a folder of clean images, such as CBSD68 or Kodak24: denoise[sigma=25]=FOLDER.",
    notes=(
        "Noise is that of PromptIR, AdaIR and MoCE-IR: one stream over all images for sigma 15, then 25, then 50.",
        "Images are in the order of their names, as in MoCE-IR; another order changes a mean by about 0.01 dB.",
        "Noisy values are clipped and truncated to 8 bits, which takes half a grey level from the mean.",
        "Images are cropped about their centre to a multiple of 16 pixels, as in those papers.",
    ),
)


@register_dataset(CARD)
def denoise(root: Path | None, *, sigma: int = 25) -> PairedDataset:
    """Open a folder of clean images with noise.

    Args:
        root: the folder.
        sigma: standard deviation of the noise in grey levels of 255: 15, 25 or 50.

    Raises:
        UsageError: `sigma` is another number.
        DatasetError: there is no folder, it has no images, or an image is smaller than 16 pixels.
        PairingError: two images have the same name without suffix.
    """
    return open_noisy(CARD, root, sigma)


def open_noisy(card: DatasetCard, root: Path | None, sigma: int, folders: Sequence[str] = ("",)) -> PairedDataset:
    """Open clean images with noise, as `denoise` does.

    Args:
        card: card of the clean images.
        root: the folder.
        sigma: standard deviation of the noise in grey levels of 255: 15, 25 or 50.
        folders: where the images may be, relative to `root`; the first with images counts.

    Raises:
        UsageError: `sigma` is another number.
        DatasetError: there is no folder, it has no images, more than the card expects, or one smaller than 16 pixels.
        PairingError: two images have the same name without suffix.
    """
    if sigma not in LEVELS:
        raise UsageError(f"{card.name}[sigma={sigma}] is not part of the papers' random stream: use 15, 25 or 50.")
    if root is None:
        raise DatasetError(f"{card.name} needs a folder of clean images: write {card.name}[sigma={sigma}]=FOLDER.")
    files = _clean_files(card, root, folders)
    images = tuple(PreparedImage(FileImage(path), "crop-16") for path in files)
    for image in images:
        if 0 in image.size():
            raise DatasetError(f"{image.name} is smaller than {BLOCK} pixels: remove it.")
    shapes = tuple(image.size() for image in images)
    pairs = [
        ImagePair(path.stem, _Noisy(image, sigma, shapes, index), image)
        for index, (path, image) in enumerate(zip(files, images, strict=True))
    ]
    titled = replace(card, title=f"{card.title}, sigma {sigma}")
    return open_pairs(titled, pairs, layout="folder", root=str(root), variant=f"sigma {sigma}")


def _clean_files(card: DatasetCard, root: Path, folders: Sequence[str]) -> list[Path]:
    """Images in the first of the folders that has some, by name."""
    above = (root, *root.only_folders()) if isinstance(root, ArchivePath) and root.is_dir() else (root,)
    places = (place / folder for place in above for folder in folders)
    files: list[Path] = []
    for place in (place for place in places if place.is_dir()):
        files = sorted(image_files(place), key=lambda path: path.name)
        if files:
            break
    if not files:
        raise DatasetError(f"{root} is not a folder with images: give a folder of clean images.")
    if card.expected_pairs is not None and len(files) > card.expected_pairs:
        raise DatasetError(
            f"{files[0].parent} contains {len(files)} images, but {card.title} has {card.expected_pairs}: give the "
            f"folder of its clean images alone."
        )
    return files


@dataclass(frozen=True, slots=True)
class _Noisy:
    """An `ImageSource` that adds the noise of its place in the stream."""

    clean: PreparedImage
    sigma: int
    shapes: tuple[tuple[int, int], ...]
    index: int

    @property
    def name(self) -> str:
        """Description for messages."""
        return f"{self.clean.name} (with noise)"

    @property
    def size_bytes(self) -> int:
        """Size of the clean file."""
        return self.clean.size_bytes

    def size(self) -> tuple[int, int]:
        """(height, width) after the crop."""
        return self.clean.size()

    def version(self) -> Hashable | None:
        """That of the clean file, and the noise; see `version_of`."""
        return version_of(self.clean, self.sigma, self.shapes, self.index)

    def read(self) -> UInt8Image:
        """Decode the image and add the noise, (height, width, 3) uint8 RGB.

        Raises:
            ImageError: the file cannot be read.
        """
        clean = self.clean.read()
        stream = np.random.RandomState()
        stream.set_state(_states(self.shapes, LEVELS.index(self.sigma))[self.index])
        noise = stream.standard_normal(clean.shape)
        return np.clip(clean + self.sigma * noise, 0, 255).astype(np.uint8)


@lru_cache(maxsize=8)
def _states(shapes: tuple[tuple[int, int], ...], earlier: int) -> tuple[State, ...]:
    """States of the stream before each image, (height, width), of one level after `earlier` levels.

    Its numbers are drawn one after the other, by rejection, so a place in the stream is reached only by drawing.
    """
    stream = np.random.RandomState(SEED)
    for _ in range(earlier):
        for height, width in shapes:
            stream.standard_normal((height, width, 3))
    states: list[State] = []
    for height, width in shapes:
        states.append(stream.get_state(legacy=True))  # pyright: ignore[reportArgumentType] -- a tuple, as asked for
        stream.standard_normal((height, width, 3))
    return tuple(states)
