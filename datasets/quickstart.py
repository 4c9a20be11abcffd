"""Two embedded demonstrations: real photographs, degraded by the physical models of `synthesis` on reading.

They need no download and are small enough for a laptop, but they are not benchmarks, as every table states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..bench.contracts import DatasetCard, ImagePair, PairedDataset, UInt8Image
from ..bench.datasets import register_dataset
from ..bench.errors import UsageError
from .layouts.paired_list import open_pairs
from .synthesis import MotionBlur, Rain, motion_blur, rain
from .synthesis.photographs import photograph

__all__ = ["quickstart_blur", "quickstart_rain"]

VERSION = "v1"
"""Variant in every record; incremented when any pixel changes."""

BLUR_CARD = DatasetCard(
    name="quickstart-blur",
    title="Quickstart blur",
    task="deblurring",
    expected_pairs=7,
    default_protocol="gopro@1",
    layouts=("embedded",),
    licence="public domain and CC0 photographs from scikit-image",
    homepage="https://scikit-image.org",
    how_to_get="It is embedded: use quickstart-blur, without a folder.",
    demonstration=True,
    notes=("Camera shake is synthetic: see restorebench.datasets.synthesis.",),
)
RAIN_CARD = replace(
    BLUR_CARD,
    name="quickstart-rain",
    title="Quickstart rain",
    task="deraining",
    default_protocol="rain13k@1",
    how_to_get="It is embedded: use quickstart-rain, without a folder.",
    notes=("Rain is synthetic: see restorebench.datasets.synthesis.",),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A crop of a photograph; frames of one photograph do not overlap."""

    key: str
    photograph: str
    top: int
    left: int
    height: int = 256
    width: int = 384

    def cut(self, whole: UInt8Image) -> UInt8Image:
        """Crop this frame from the photograph."""
        return whole[self.top : self.top + self.height, self.left : self.left + self.width].copy()


FRAMES = (
    Frame("astronaut-face", "astronaut", 0, 64),
    Frame("astronaut-suit", "astronaut", 256, 0),
    Frame("chelsea", "chelsea", 22, 33),
    Frame("coffee-cup", "coffee", 60, 12, width=288),
    Frame("coffee-spoon", "coffee", 60, 300, width=288),
    Frame("rocket-left", "rocket", 165, 20, width=288),
    Frame("rocket-right", "rocket", 165, 308, width=288),
)

Degradation = Callable[[Frame, np.random.Generator], UInt8Image]


@dataclass(frozen=True, slots=True)
class FrameImage:
    """An `ImageSource` that synthesises its image reproducibly on reading."""

    frame: Frame
    degradation: Degradation | None = None
    """`None` for the photograph itself."""

    @property
    def name(self) -> str:
        """Description for messages."""
        return f"{self.frame.key} ({'degraded' if self.degradation else 'target'}, embedded)"

    @property
    def size_bytes(self) -> int:
        """Size of the uncompressed pixels."""
        return self.frame.height * self.frame.width * 3

    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.frame.height, self.frame.width

    def read(self) -> UInt8Image:
        """Synthesise the image, (height, width, 3) uint8 RGB."""
        if self.degradation is None:
            return self.frame.cut(photograph(self.frame.photograph))
        seed = FRAMES.index(self.frame)
        return self.degradation(self.frame, np.random.Generator(np.random.PCG64(seed)))


@register_dataset(BLUR_CARD)
def quickstart_blur(root: Path | None = None) -> PairedDataset:
    """Open the embedded deblurring demonstration.

    Raises:
        UsageError: a folder was given.
    """
    return _open(BLUR_CARD, root, _shaken)


@register_dataset(RAIN_CARD)
def quickstart_rain(root: Path | None = None) -> PairedDataset:
    """Open the embedded deraining demonstration.

    Raises:
        UsageError: a folder was given.
    """
    return _open(RAIN_CARD, root, _rained_on)


def _open(card: DatasetCard, root: Path | None, degradation: Degradation) -> PairedDataset:
    if root is not None:
        raise UsageError(
            f"{card.name} is embedded and takes no folder: write {card.name} instead of {card.name}={root}."
        )
    pairs = (
        ImagePair(frame.key, FrameImage(frame, degradation), FrameImage(frame), group=frame.photograph)
        for frame in FRAMES
    )
    keys = frozenset(frame.key for frame in FRAMES)
    return open_pairs(card, pairs, layout="embedded", root="embedded", variant=VERSION, expected=keys)


def _shaken(frame: Frame, rng: np.random.Generator) -> UInt8Image:
    """Blur the whole photograph before cropping, so that real content moves into the frame."""
    settings = MotionBlur(length=rng.uniform(8, 20), tremor=rng.uniform(0.3, 1.0))
    return frame.cut(motion_blur(photograph(frame.photograph), rng, settings))


def _rained_on(frame: Frame, rng: np.random.Generator) -> UInt8Image:
    rate, wind, exposure = rng.uniform(80, 180), rng.uniform(-3, 3), rng.uniform(1 / 250, 1 / 100)
    settings = Rain(rate=rate, wind=wind, exposure=exposure, distance=5.0)
    return rain(frame.cut(photograph(frame.photograph)), rng, settings)
