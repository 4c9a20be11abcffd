"""Settings of a forward pass, and the form in which a network takes and returns images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["UNIT_RANGE", "ImageForm", "InferenceSettings", "Precision", "ValueRange"]

Precision = Literal["fp32", "tf32", "fp16", "bf16"]
"""Arithmetic of a forward pass; quality is measured in `fp32` unless the record states otherwise."""

ValueRange: TypeAlias = tuple[float, float]
"""The values of black and white."""

UNIT_RANGE: ValueRange = (0.0, 1.0)


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
