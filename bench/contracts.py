"""What the engine asks of a data set and of a model: the types that everything else agrees on.

Images are numpy arrays (H, W, 3), RGB, uint8 on the data side; models see float32 tensors
(N, 3, H, W), RGB in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "UNIT_RANGE",
    "AlignmentFacts",
    "Checkpoint",
    "DatasetCard",
    "DatasetReport",
    "ImageForm",
    "ImagePair",
    "ImageSource",
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
    """Anything that JSON can say."""
else:
    JsonValue = Any  # msgspec does not follow an alias into itself

Task = Literal["deblurring", "deraining", "restoration"]
"""What a model or data set is for; `restoration` is any of them."""

PaddingMode = Literal["reflect", "replicate", "zeros"]
"""How an image is extended to a size that a network accepts."""

Precision = Literal["fp32", "tf32", "fp16", "bf16"]
"""The arithmetic of a forward pass; quality is measured in `fp32` unless a record says otherwise."""

QuantiserName = Literal["half-even", "half-up", "truncate", "none"]
"""How a float image becomes the 8-bit one that is scored; see `bench.metrics.quantise`."""


ValueRange: TypeAlias = tuple[float, float]
"""The values of black and white."""

UNIT_RANGE: ValueRange = (0.0, 1.0)


class ImageSource(Protocol):
    """Something that one image can be read from: a file, a database entry, memory."""

    @property
    def name(self) -> str:
        """How messages refer to this image: a path, or an equally findable description."""
        ...

    @property
    def size_bytes(self) -> int:
        """Size of the encoded image; a cheap sign that the data changed."""
        ...

    def read(self) -> UInt8Image:
        """Decode the image to (H, W, 3) uint8 RGB.

        Raises:
            ImageError: the image is empty, truncated, or of a kind that is refused.
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
    """What the image shares with others (sequence, scene, background); statistics cluster on it.

    Neutral value: `""`, the image stands for itself.
    """


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """What is known of a data set before any copy of it is opened."""

    name: str
    title: str
    """As papers print it: `GoPro`, `RealBlur-J`."""

    task: Task
    expected_pairs: int | None
    """Pairs of the complete test split; `None` where there is no fixed number."""

    default_protocol: str
    """`name@version` of the protocol that the papers use on it."""

    layouts: tuple[str, ...]
    """Every folder layout that is recognised, as a person would write it."""

    licence: str
    homepage: str
    how_to_get: str
    """One or two sentences: where to download which file, and what to point `-d` at."""

    citation: str = ""
    """Authors, title, venue and year."""

    demonstration: bool = False
    """True for embedded demonstrations; every table that shows them says so."""

    notes: tuple[str, ...] = ()
    """Traps a user should know of, one sentence each."""


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """Which copy of a data set this is, as recognised on disk."""

    layout: str
    variant: str
    """`blur`, `blur_gamma`, `480x320`, ...; `""` where the set has only one."""

    found_pairs: int
    expected_pairs: int | None
    root: str
    listing_sha256: str
    """Over key and encoded sizes of every pair: cheap, detects that files were exchanged."""

    warnings: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every expected pair was found (true where no number is expected)."""
        return self.expected_pairs is None or self.found_pairs == self.expected_pairs

    @property
    def completeness(self) -> str:
        """`""` for a complete copy, `2 of 1111` for a partial one."""
        return "" if self.complete else f"{self.found_pairs} of {self.expected_pairs}"


class PairedDataset(Protocol):
    """An opened copy of a data set: an iterable of pairs in a stable order."""

    @property
    def card(self) -> DatasetCard:
        """What is known of the data set itself."""
        ...

    @property
    def variant(self) -> str:
        """Which variant of the data this copy is; the same as `report.variant`."""
        ...

    @property
    def report(self) -> DatasetReport:
        """Which copy this is, as recognised on disk."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[ImagePair]: ...

    def __getitem__(self, key: str) -> ImagePair: ...


@dataclass(frozen=True, slots=True)
class SizeRequirements:
    """Which image sizes a network accepts as it is."""

    multiple_of: int = 1
    """Height and width are padded, right and bottom, to a multiple of this. Neutral value: `1`."""

    minimum: int = 1
    """Smallest height and width; smaller images are padded up to it. Neutral value: `1`."""

    padding: PaddingMode = "reflect"
    """How the official script pads."""


@dataclass(frozen=True, slots=True)
class ImageForm:
    """How a network takes and returns images; the neutral value is one tensor in [0, 1] each way."""

    output: int | str | None = None
    """Which item of a list, tuple or dictionary is the restored image; `None` if the image is returned alone."""

    input_range: ValueRange = UNIT_RANGE
    """Black and white as the network expects them."""

    output_range: ValueRange = UNIT_RANGE
    """Black and white as it returns them."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One official weights file."""

    name: str
    """`rain100h`: what `fetch MODEL:NAME` asks for."""

    trained_on: str
    """Training data, as the paper names it."""

    url: str
    """The official address; `""` where there is only a page for humans."""

    sha256: str = ""
    """Of the file; `""` where it is not known, and then a fetch says so."""

    filename: str = ""
    licence: str = ""
    by_hand: str = ""
    """What to download where, when no address can be fetched by a program."""


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """A published row that this model should reproduce."""

    dataset: str
    """As registered: `rain100h`."""

    metric: str
    """As in records: `psnr`."""

    value: float
    protocol: str
    source: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a model besides its weights."""

    name: str
    title: str
    """As papers print it: `NAFNet-width64`."""

    task: Task
    family: str = "user"
    """Groups rows of a table: `NAFNet`, `classical`, ..."""

    paper: str = ""
    """Authors, title, venue, arXiv id."""

    year: int | None = None
    """In which the method was published: the venue's, or arXiv's where there is no venue; groups rows of a table.

    Neutral value: `None`, it was not published or nobody said.
    """

    licence: str = ""
    """Of the official weights."""

    size: SizeRequirements = field(default_factory=SizeRequirements)
    quantiser: QuantiserName | None = None
    """The rounding of the official script's saved images; `None` leaves it to the protocol."""

    variant: str = "full image"
    """Inference variant: `full image`, `TLC`, `tiles 256`, ... Stands in every record."""

    needs_weights: bool = True
    """False for classical methods, whose output does not depend on a file."""

    stochastic: bool = False
    """Whether the output depends on the seed."""

    checkpoints: tuple[Checkpoint, ...] = ()
    published: tuple[PublishedResult, ...] = ()
    notes: tuple[str, ...] = ()
    settings: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """Whatever else decides the output (sampler, iterations, kernel); recorded with every run."""

    images: ImageForm = field(default_factory=ImageForm)


@dataclass(frozen=True, slots=True)
class InferenceSettings:
    """How each image goes through the model."""

    device: str = "cpu"
    """`cpu`, `cuda` or `cuda:N`. Only its kind enters the plan's hash."""

    precision: Precision = "fp32"
    tile: int | None = None
    """Side of square tiles in pixels; `None` restores the full image."""

    tile_overlap: int = 32
    """Pixels that neighbouring tiles share; blended linearly."""

    tile_on_oom: bool = False
    """Whether an image that does not fit into memory is done again by tiles, and marked."""

    seed: int = 0
    """Every image is seeded from this and its key; it decides what networks that draw random numbers return."""

    channels_last: bool = False
    samples: int = 1
    """How often a stochastic model restores each image, with the seeds `seed`, `seed + 1`, ..."""


@dataclass(frozen=True, slots=True)
class AlignmentFacts:
    """How a restored image was laid on its target before the two were compared."""

    mask_fraction: float
    """Share of the pixels that were compared, 0 to 1: those where the images overlap."""

    homography: tuple[float, float, float, float, float, float, float, float, float]
    """The 3 x 3 matrix that maps the target's pixels to the restored image's, row by row."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A file about one image that a run keeps beside the restored one, such as the fields of a physics layer."""

    folder: str
    """Folder inside the run folder: `fields`."""

    suffix: str
    """Ending of the file's name, with its dot: `.npz`."""

    content: bytes
