"""Settings of a forward pass, and the form in which a network takes and returns images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "FULL_IMAGE",
    "UNIT_RANGE",
    "Ensemble",
    "ImageForm",
    "InferenceScheme",
    "InferenceSettings",
    "PaddingMode",
    "Precision",
    "SizeRequirements",
    "ValueRange",
]

Ensemble = Literal["none", "x8"]
"""Self-ensemble: `x8` averages the restorations of the four rotations of an image and of its mirror image."""

Precision = Literal["fp32", "tf32", "fp16", "bf16"]
"""Arithmetic of a forward pass; quality is measured in `fp32` unless the record states otherwise."""

PaddingMode = Literal["reflect", "replicate", "zeros"]
"""Method of padding an image to a size that a network accepts."""

ValueRange: TypeAlias = tuple[float, float]
"""The values of black and white."""

UNIT_RANGE: ValueRange = (0.0, 1.0)

FULL_IMAGE = "full image"
"""The inference variant of a network that restores an image in one forward pass."""


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
class InferenceScheme:
    """How a network is applied to an image; the neutral value is one forward pass on the whole image."""

    grid: int = 0
    """Side in pixels of the cells of a grid that are restored alone; where they overlap, each pixel is the plain mean.

    Neutral value: `0`, the whole image.
    """

    ensemble: Ensemble = "none"
    tlc: int = 0
    """Side in pixels of the windows that a test-time local converter restricts global operations to.

    Neutral value: `0`, nothing is converted.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """What records and tables say: `TLC 384`, `grid 256`, `ensemble x8`; empty for the neutral value."""
        windows = f"TLC {self.tlc}" if self.tlc else ""
        grid = f"grid {self.grid}" if self.grid else ""
        return tuple(filter(None, (windows, grid, "" if self.ensemble == "none" else f"ensemble {self.ensemble}")))

    def added_to(self, variant: str) -> str:
        """An inference variant with the labels that it lacks.

        >>> InferenceScheme(grid=256).added_to("full image"), InferenceScheme(ensemble="x8").added_to("TLC")
        ('grid 256', 'TLC, ensemble x8')
        """
        if not self.labels:
            return variant
        said = [] if variant in ("", FULL_IMAGE) else variant.split(", ")
        return ", ".join([*said, *(label for label in self.labels if label not in said)])


@dataclass(frozen=True, slots=True)
class InferenceSettings:
    """Settings for restoring images with a model."""

    device: str = "cpu"
    """`cpu`, `cuda` or `cuda:N`; the plan's hash includes only the device type."""

    precision: Precision = "fp32"
    tile: int | None = None
    """Side of square tiles in pixels; `None` restores the full image."""

    tile_overlap: int = 32
    """Overlap of neighbouring tiles in pixels, blended linearly."""

    tile_on_oom: bool = False
    """Whether to redo an image in tiles, and mark it, if it does not fit into memory."""

    seed: int = 0
    """Seed from which, with the image's key, every image is seeded; decides the output of stochastic models."""

    channels_last: bool = False
    samples: int = 1
    """Number of restorations per image by a stochastic model, with the seeds `seed`, `seed + 1`, ..."""


@dataclass(frozen=True, slots=True)
class SizeRequirements:
    """Image sizes that a network accepts without padding."""

    multiple_of: int = 1
    """Height and width are padded at the right and bottom to a multiple of this. Neutral value: `1`."""

    minimum: int = 1
    """Smallest height and width; smaller images are padded up to it. Neutral value: `1`."""

    padding: PaddingMode = "reflect"
    """Padding mode of the official script."""
