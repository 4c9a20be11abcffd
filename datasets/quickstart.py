"""Embedded demonstrations: real photographs, degraded by the models of `synthesis` on reading.

They need no download and are small enough for a laptop, but they are not benchmarks, as every table states.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np

from ..bench.contracts import DatasetCard, ImagePair, ImageSource, PairedDataset, UInt8Image
from ..bench.datasets import DatasetEntry, register_dataset
from ..bench.errors import UsageError, did_you_mean
from .layouts.paired_list import open_pairs
from .synthesis import DegradationName, degrade, gaussian_noise
from .synthesis.photographs import photograph

__all__ = [
    "quickstart_all",
    "quickstart_blur",
    "quickstart_haze",
    "quickstart_noise",
    "quickstart_rain",
    "quickstart_snow",
]

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
SNOW_CARD = replace(
    BLUR_CARD,
    name="quickstart-snow",
    title="Quickstart snow",
    task="desnowing",
    default_protocol="rgb@1",
    how_to_get="It is embedded: use quickstart-snow, without a folder.",
    notes=("Snow is synthetic: see restorebench.datasets.synthesis.",),
)
HAZE_CARD = replace(
    BLUR_CARD,
    name="quickstart-haze",
    title="Quickstart haze",
    task="dehazing",
    default_protocol="rgb@1",
    how_to_get="It is embedded: use quickstart-haze, without a folder.",
    notes=(
        "Haze is synthetic: see restorebench.datasets.synthesis.",
        "The depth of the scene is a surrogate that ignores the objects in the photograph.",
    ),
)
NOISE_CARD = replace(
    BLUR_CARD,
    name="quickstart-noise",
    title="Quickstart noise",
    task="denoising",
    default_protocol="rgb@1",
    how_to_get="It is embedded: use quickstart-noise, or quickstart-noise[sigma=50], without a folder.",
    notes=("Noise is white and Gaussian on the grey levels, clipped and rounded to 8 bits.",),
)
ALL_CARD = replace(
    BLUR_CARD,
    name="quickstart-all",
    title="Quickstart all tasks",
    task="restoration",
    expected_pairs=28,
    default_protocol="rgb@1",
    how_to_get="It is embedded: use quickstart-all, or quickstart-all[tasks=rain+snow+haze], without a folder.",
    notes=(
        "Blur, rain, snow and haze are synthetic: see restorebench.datasets.synthesis.",
        "Each task has as many images, so that the mean over images is the mean over tasks.",
        "Intervals treat the images of one photograph, in all tasks, as dependent.",
    ),
)

ALL_TASKS: tuple[DegradationName, ...] = ("blur", "rain", "snow", "haze")
"""Tasks of `quickstart-all` without an option."""

MOST_NOISE = 100


@dataclass(frozen=True, slots=True)
class Frame:
    """A crop of a photograph; frames of one photograph do not overlap."""

    key: str
    photograph: str
    top: int
    left: int
    height: int = 256
    width: int = 384

    def rng(self) -> np.random.Generator:
        """Random numbers of this frame, the same whenever it is read."""
        return np.random.Generator(np.random.PCG64(FRAMES.index(self)))

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


@dataclass(frozen=True, slots=True)
class FrameImage:
    """An `ImageSource` that synthesises its image reproducibly on reading."""

    frame: Frame
    degradation: DegradationName | None = None
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
        whole = photograph(self.frame.photograph)
        if self.degradation is None:
            return self.frame.cut(whole)
        rng = self.frame.rng()
        if self.degradation == "blur":
            # Real content moves into the frame.
            return self.frame.cut(degrade(whole, self.degradation, rng))
        return degrade(self.frame.cut(whole), self.degradation, rng)


@dataclass(frozen=True, slots=True)
class NoisyFrame:
    """An `ImageSource` that adds noise of one strength to a frame, reproducibly."""

    clean: FrameImage
    sigma: float

    @property
    def name(self) -> str:
        """Description for messages."""
        return f"{self.clean.frame.key} (noise of sigma {self.sigma:g}, embedded)"

    @property
    def size_bytes(self) -> int:
        """Size of the uncompressed pixels."""
        return self.clean.size_bytes

    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.clean.size()

    def read(self) -> UInt8Image:
        """Synthesise the image, (height, width, 3) uint8 RGB."""
        return gaussian_noise(self.clean.read(), self.clean.frame.rng(), self.sigma)


def _demonstration(card: DatasetCard, degradation: DegradationName) -> DatasetEntry:
    """Register a demonstration of one degradation."""

    def demonstration(root: Path | None = None) -> PairedDataset:
        """Open the embedded demonstration.

        Raises:
            UsageError: a folder was given.
        """
        _refuse_folder(card, root)
        return _open(card, ((frame, FrameImage(frame, degradation)) for frame in FRAMES), VERSION)

    return register_dataset(card)(demonstration)


quickstart_blur = _demonstration(BLUR_CARD, "blur")
quickstart_rain = _demonstration(RAIN_CARD, "rain")
quickstart_snow = _demonstration(SNOW_CARD, "snow")
quickstart_haze = _demonstration(HAZE_CARD, "haze")


@register_dataset(NOISE_CARD)
def quickstart_noise(root: Path | None = None, *, sigma: float = 25) -> PairedDataset:
    """Open the embedded denoising demonstration.

    Args:
        root: must be `None`.
        sigma: standard deviation of the noise in grey levels of 255.

    Raises:
        UsageError: a folder was given, or `sigma` is not positive.
    """
    _refuse_folder(NOISE_CARD, root)
    if not 0 < sigma <= MOST_NOISE:
        raise UsageError(f"quickstart-noise[sigma={sigma:g}] must be above 0 and at most {MOST_NOISE} grey levels.")
    images = ((frame, NoisyFrame(FrameImage(frame), sigma)) for frame in FRAMES)
    return _open(NOISE_CARD, images, f"{VERSION} sigma {sigma:g}")


@register_dataset(ALL_CARD)
def quickstart_all(root: Path | None = None, *, tasks: str = "+".join(ALL_TASKS)) -> PairedDataset:
    """Open the images of several demonstrations as one data set; keys begin with the task, as in `haze/chelsea`.

    Args:
        root: must be `None`.
        tasks: names of degradations, joined by `+`.

    Raises:
        UsageError: a folder was given, or a task is unknown or named twice.
    """
    names: dict[str, DegradationName] = {name: name for name in get_args(DegradationName)}
    asked = tasks.split("+")
    for task in asked:
        if task not in names:
            raise UsageError(f"quickstart-all has no task {task!r}{did_you_mean(task, names)}")
    if len({*asked}) < len(asked):
        raise UsageError(f"quickstart-all[tasks={tasks}] names a task twice: name each once.")
    _refuse_folder(ALL_CARD, root)
    card = replace(ALL_CARD, expected_pairs=len(FRAMES) * len(asked))
    pairs = [
        ImagePair(f"{task}/{frame.key}", FrameImage(frame, names[task]), FrameImage(frame), group=frame.photograph)
        for task in asked
        for frame in FRAMES
    ]
    keys = frozenset(pair.key for pair in pairs)
    variant = VERSION if {*asked} == {*ALL_TASKS} else f"{VERSION} {tasks}"
    return open_pairs(card, pairs, layout="embedded", root="embedded", variant=variant, expected=keys)


def _open(card: DatasetCard, degraded: Iterable[tuple[Frame, ImageSource]], variant: str) -> PairedDataset:
    pairs = [ImagePair(frame.key, image, FrameImage(frame), group=frame.photograph) for frame, image in degraded]
    keys = frozenset(frame.key for frame in FRAMES)
    return open_pairs(card, pairs, layout="embedded", root="embedded", variant=variant, expected=keys)


def _refuse_folder(card: DatasetCard, root: Path | None) -> None:
    if root is not None:
        raise UsageError(
            f"{card.name} is embedded and takes no folder: write {card.name} instead of {card.name}={root}."
        )
