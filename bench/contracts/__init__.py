"""Contracts between the engine, data sets and models: shared types, protocols and cards.

Data sets provide images as numpy arrays (H, W, 3), RGB, uint8; models receive float32 tensors (N, 3, H, W),
RGB in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .citations import Citation
from .inference_settings import (
    FULL_IMAGE,
    UNIT_RANGE,
    Ensemble,
    ImageForm,
    InferenceScheme,
    InferenceSettings,
    PaddingMode,
    Precision,
    SizeRequirements,
    ValueRange,
)
from .observations import Observation

__all__ = [
    "FULL_IMAGE",
    "UNIT_RANGE",
    "AlignmentFacts",
    "Checkpoint",
    "Citation",
    "DatasetCard",
    "DatasetReport",
    "Ensemble",
    "ImageForm",
    "ImagePair",
    "ImageSource",
    "InferenceScheme",
    "InferenceSettings",
    "JsonValue",
    "ModelCard",
    "Observation",
    "PaddingMode",
    "PairedDataset",
    "Precision",
    "PublishedResult",
    "QuantiserName",
    "SizeRequirements",
    "Task",
    "UInt8Image",
    "ValueRange",
]

UInt8Image = NDArray[np.uint8]
"""An image (H, W, 3), RGB, 0 to 255."""


if TYPE_CHECKING:
    JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"
    """Any JSON value."""
else:
    JsonValue = Any  # msgspec does not follow an alias into itself

Task = Literal["deblurring", "deraining", "desnowing", "dehazing", "denoising", "enhancement", "restoration"]
"""Task of a model or data set; `enhancement` is that of low light, `restoration` covers any task."""

QuantiserName = Literal["half-even", "half-up", "truncate", "none"]
"""Rounding of a float image to the 8-bit image that is scored; see `bench.metrics.quantise`."""


class ImageSource(Protocol):
    """A readable image: a file, a database entry, or memory."""

    @property
    def name(self) -> str:
        """Name in messages: a path, or a description that identifies the image."""
        ...

    @property
    def size_bytes(self) -> int:
        """Size of the encoded image; a cheap indicator of changed data."""
        ...

    def read(self) -> UInt8Image:
        """Decode the image to (H, W, 3) uint8 RGB.

        Raises:
            ImageError: the image is empty, truncated, or of an unsupported kind.
        """
        ...


@dataclass(frozen=True, slots=True)
class ImagePair:
    """One degraded image and its target, matched by key."""

    key: str
    """Stable, unique, POSIX style, without extension: `GOPR0384_11_00/000001`."""

    degraded: ImageSource
    target: ImageSource

    group: str = ""
    """Group of images that are not independent (sequence, scene, background); statistics cluster by it.

    Neutral value: `""`, a group of its own.
    """

    attributes: Mapping[str, float] = field(default_factory=dict[str, float], hash=False, kw_only=True)
    """Facts that the data set knows of the pair and its pixels do not show, by the names of `--by`: `{"extent": 23.4}`.

    Neutral value: `{}`, it knows none.
    """


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """Description of a data set, independent of any copy on disk."""

    name: str
    title: str
    """Name in papers: `GoPro`, `RealBlur-J`."""

    task: Task
    expected_pairs: int | None
    """Number of pairs in the complete test split; `None` if not fixed."""

    default_protocol: str
    """`name@version` of the protocol used in papers."""

    layouts: tuple[str, ...]
    """Recognised folder layouts, in readable form."""

    licence: str
    homepage: str
    how_to_get: str
    """Download instructions in one or two sentences, with the folder to give to `-d`."""

    citation: Citation | None = None
    """The publication that introduced it. A text, which cards of 0.1.0 hold, is taken for a title."""

    demonstration: bool = False
    """Whether the data set is an embedded demonstration, which every table states."""

    notes: tuple[str, ...] = ()
    """Pitfalls for users, one sentence each."""

    has_targets: bool = field(default=True, kw_only=True)
    """Whether there is something to compare with; without, a pair's target is its degraded image."""

    def __post_init__(self) -> None:
        if isinstance(self.citation, str):
            object.__setattr__(self, "citation", Citation((), self.citation) if self.citation else None)

    @property
    def embedded(self) -> bool:
        """Whether it can be opened without a folder, because its images are embedded."""
        return "embedded" in self.layouts


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """Description of a copy of a data set, as recognised on disk."""

    layout: str
    variant: str
    """`blur`, `blur_gamma`, `480x320`, ...; `""` if the data set has only one variant."""

    found_pairs: int
    expected_pairs: int | None
    root: str
    listing_sha256: str
    """Hash of the keys and encoded sizes of all pairs: a cheap test for exchanged files."""

    warnings: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every expected pair was found (true if no number is expected)."""
        return self.expected_pairs is None or self.found_pairs == self.expected_pairs

    @property
    def completeness(self) -> str:
        """`""` for a complete copy, `2 of 1111` for a partial one."""
        return "" if self.complete else f"{self.found_pairs} of {self.expected_pairs}"


class PairedDataset(Protocol):
    """An opened copy of a data set: an iterable of pairs in a stable order."""

    @property
    def card(self) -> DatasetCard:
        """Description of the data set."""
        ...

    @property
    def variant(self) -> str:
        """Variant of this copy; the same as `report.variant`."""
        ...

    @property
    def report(self) -> DatasetReport:
        """Description of this copy, as recognised on disk."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[ImagePair]: ...

    def __getitem__(self, key: str) -> ImagePair: ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One official weights file."""

    name: str
    """Name for `fetch MODEL:NAME`: `rain100h`."""

    trained_on: str
    """Training data, as named in the paper."""

    url: str
    """Official download address; `""` if only a web page exists."""

    sha256: str = ""
    """SHA-256 of the file; `""` if unknown, which a fetch reports."""

    filename: str = ""
    licence: str = ""
    by_hand: str = ""
    """Instructions for a manual download, if no address can be fetched by a program."""

    settings: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Options of the model that the weights were trained with and no tensor shows: `{"recurrent_iter": 6}`.

    Neutral value: `{}`, the tensors show everything.
    """


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """A published result that this model should reproduce."""

    dataset: str
    """Registered name: `rain100h`."""

    metric: str
    """Name in records: `psnr`."""

    value: float
    protocol: str
    source: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Description of a model, apart from its weights."""

    name: str
    title: str
    """Name in papers: `NAFNet-width64`."""

    task: Task
    family: str = "user"
    """Family that groups table rows: `NAFNet`, `classical`, ..."""

    paper: str = ""
    """Where the method comes from, in words of one's own; stands in for a `citation` where there is none."""

    citation: Citation | None = field(default=None, kw_only=True)
    """The publication of the method. Neutral value: `None`, there is none, or only words in `paper`."""

    base: str = field(default="", kw_only=True)
    """Name of the model that this one extends (`nafnet-nano` of `nafnet-nano+pde`); tables show the difference to it.

    Neutral value: `""`, it stands for itself.
    """

    year: int | None = None
    """Year of publication at the venue, or on arXiv if there is no venue; groups table rows. Default: `citation`'s.

    Neutral value: `None`, unpublished or unknown.
    """

    licence: str = ""
    """Licence of the official weights."""

    size: SizeRequirements = field(default_factory=SizeRequirements)
    quantiser: QuantiserName | None = None
    """Rounding of images saved by the official script; `None` leaves it to the protocol."""

    variant: str = FULL_IMAGE
    """Inference variant, stated in every record: `full image`, `TLC`, `grid 256`, ...; that of `scheme` is added."""

    needs_weights: bool = True
    """Whether the output depends on a weights file; false for classical methods."""

    stochastic: bool = False
    """Whether the output depends on the seed."""

    checkpoints: tuple[Checkpoint, ...] = ()
    lookalikes: tuple[str, ...] = field(default=(), kw_only=True)
    """Models with the same keys and shapes that compute something else, so that a file of theirs loads here unnoticed.

    Neutral value: `()`, there are none.
    """

    published: tuple[PublishedResult, ...] = ()
    notes: tuple[str, ...] = ()
    settings: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Other settings that determine the output (sampler, iterations, kernel); recorded with every run."""

    scheme: InferenceScheme = field(default_factory=InferenceScheme, kw_only=True)
    """How the official script applies the network to an image. Neutral value: once, to the whole image."""

    def __post_init__(self) -> None:
        if self.year is None and self.citation is not None:
            object.__setattr__(self, "year", self.citation.year)
        object.__setattr__(self, "variant", self.scheme.added_to(self.variant))

    @property
    def reference(self) -> str:
        """One line about the publication: that of `citation`, otherwise `paper`; `""` if there is neither."""
        return self.citation.text if self.citation is not None else self.paper

    images: ImageForm = field(default_factory=ImageForm)


@dataclass(frozen=True, slots=True)
class AlignmentFacts:
    """How a restored image was aligned to its target before the two were compared."""

    mask_fraction: float
    """Fraction of the pixels that were compared, 0 to 1: those where the images overlap."""

    homography: tuple[float, float, float, float, float, float, float, float, float]
    """The 3 x 3 matrix that maps the target's pixels to the restored image's, row by row."""
