"""The model under test, copies of it, and the images that it is tried on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...contracts import UInt8Image
from ...registry.specs import Spec
from ..inference import Restored, Restorer, Seeded
from ..isolation import isolated, seed_generators
from ..sizes import twin

__all__ = ["Specimen", "as_batch", "difference", "trial_image"]

HEIGHT, WIDTH = 64, 80

ROUNDING = 1e-5
"""Largest difference that the summation order of a GPU explains."""


@dataclass(frozen=True)
class Specimen:
    """A model under test."""

    restorer: Restorer
    """Never run itself, so that copies begin afresh."""

    first: UInt8Image
    second: UInt8Image
    spec: Spec | None = None
    """How another process can open it; `None` for a network that exists in this one only."""

    random_weights: bool = False
    """Whether it was given random weights instead of those that it needs."""

    def fresh(self) -> Restorer:
        """A copy that has restored nothing yet."""
        return twin(self.restorer)

    @cached_property
    def reference(self) -> Restored:
        """The first image restored by a fresh copy."""
        return self.fresh().restore(self.first, "first")

    @cached_property
    def repetition(self) -> Restored:
        """The same again, by another copy."""
        return self.fresh().restore(self.first, "first")

    @property
    def repeats(self) -> bool:
        """Whether fresh copies that are seeded alike restore alike."""
        return self.same(self.reference, self.repetition)

    @property
    def name(self) -> str:
        """As its card has it."""
        return self.restorer.card.name

    @property
    def declared_random(self) -> bool:
        """Whether the model says that it is random, and takes a seed."""
        return self.restorer.card.stochastic or isinstance(self.restorer.network, Seeded)

    def same(self, one: Restored, other: Restored) -> bool:
        """Whether two restorations are equal, as exactly as the device is."""
        return difference(one, other) <= (0 if self.restorer.device.type == "cpu" else ROUNDING)

    def call(self, restorer: Restorer, images: Tensor) -> Tensor:
        """Restore a batch with seeded generators, and leave the process as it was."""
        with isolated():
            seed_generators(0)
            if isinstance(restorer.network, Seeded):
                restorer.network.manual_seed(0)
            return restorer(images).cpu()


def difference(one: Restored, other: Restored) -> float:
    """The largest absolute difference of two restorations."""
    return float(np.abs(one.planes - other.planes).max())


def trial_image(seed: int) -> UInt8Image:
    """A colourful picture with edges and a little noise, (64, 80, 3)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / WIDTH
    phase = random.uniform(0, 6, 3)
    planes = [
        0.2 + 0.6 * x + 0.15 * np.sin(9 * y + phase[0]),
        0.5 + 0.3 * np.sin(7 * (x + y) + phase[1]),
        0.15 + 0.3 * y + 0.1 * np.sin(11 * x + phase[2]),
    ]
    image: NDArray[np.float64] = np.stack(planes, axis=-1)
    image[16:40, 24:56] = image[16:40, 24:56, ::-1] * 0.7  # an object with sharp edges
    noisy = image * 255 + random.normal(0, 4, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def as_batch(*images: UInt8Image) -> Tensor:
    """(N, 3, H, W) float32 in [0, 1]."""
    return torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2).astype(np.float32) / 255)  # pyright: ignore[reportUnknownMemberType] -- torch's stub names no dtype
