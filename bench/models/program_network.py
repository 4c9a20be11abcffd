"""A program as a torch module, so that it is padded, tiled, timed and recorded as any model is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..contracts import UInt8Image
from ..errors import RestorationError
from .functions import from_pixels, to_pixels
from .program import Program

__all__ = ["ProgramNetwork"]


class ProgramNetwork(nn.Module):
    """Hands images to a program as files, and remembers what it made of a folder.

    Attributes:
        program: the command line.
        seconds: how long the program took for the latest image.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        self.seconds: float | None = None
        self._made: dict[str, tuple[UInt8Image | RestorationError, float]] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> ProgramNetwork:
        """A copy without the restored images, which may be many."""
        del memo
        return ProgramNetwork(self.program)

    def prepare(self, images: Sequence[UInt8Image]) -> None:
        """Restore many images in one run of a program that takes a folder; nothing for others."""
        if not self.program.by_folder or not images:
            return
        restored, seconds = self.program.restore(images)
        for image, made in zip(images, restored, strict=True):
            self._made[_key(image)] = made, seconds / len(images)

    def forward(self, images: Tensor) -> Tensor:
        """Restore (N, 3, H, W) in [0, 1], rounded to 8 bits.

        Raises:
            RestorationError: the program failed, or wrote no image of the right size.
        """
        if torch.is_autocast_enabled(images.device.type):
            raise RestorationError("A program computes in its own arithmetic: leave out --precision.")
        return torch.stack([from_pixels(self._restored(pixels)) for pixels in to_pixels(images)]).to(images.device)

    def _restored(self, pixels: UInt8Image) -> UInt8Image:
        made, self.seconds = self._made.pop(_key(pixels), (None, None))
        if made is None:
            (made,), self.seconds = self.program.restore([pixels])
        if isinstance(made, RestorationError):
            raise made
        return made


def _key(image: UInt8Image) -> str:
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()
