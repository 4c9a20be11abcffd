"""Which input pixels decide an output pixel: effective receptive field, and local attribution map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import RestorationError, UsageError

if TYPE_CHECKING:
    import torch

    from ..contracts import UInt8Image
    from .inference import Restorer

__all__ = ["Influence", "Patch", "effective_receptive_field", "local_attribution"]

BLUR = 3.0
"""Standard deviation in pixels of the blur that the path of a local attribution begins with."""

PATH = 24
"""Steps of that path; twice as many change the index of diffusion by less than 1 %."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A square of the output; one pixel has side 1."""

    row: int
    column: int
    side: int = 1

    @classmethod
    def middle(cls, height: int, width: int, side: int = 1) -> Patch:
        """The square in the middle of an image."""
        return cls((height - side) // 2, (width - side) // 2, side)

    def check(self, height: int, width: int) -> None:
        """Refuse a square that is not inside an image.

        Raises:
            UsageError: it is not.
        """
        inside = 0 <= self.row <= height - self.side and 0 <= self.column <= width - self.side
        if self.side < 1 or not inside:
            raise UsageError(
                f"A square of {self.side} pixels at column {self.column}, row {self.row} is not inside the image of "
                f"{width}x{height}: choose another."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Influence of every input pixel on a square of the output."""

    shares: NDArray[np.float64]
    """(H, W), non-negative, with the sum 1."""

    patch: Patch

    def side(self, share: float) -> int:
        """Side of the smallest square around the middle of the patch that holds a share of the influence, in pixels.

        Its border may lie outside the image, where there is nothing.
        """
        height, width = self.shares.shape
        middle = (self.patch.side - 1) / 2
        rows = np.abs(np.arange(height, dtype=np.float64) - self.patch.row - middle)[:, None]
        columns = np.abs(np.arange(width, dtype=np.float64) - self.patch.column - middle)
        distance = np.maximum(rows, columns).ravel()
        order = np.argsort(distance, kind="stable")
        held = np.cumsum(self.shares.ravel()[order])
        reached = distance[order][np.searchsorted(held, share * held[-1] * (1 - 1e-12))]
        return round(2 * float(reached)) + 1

    @property
    def diffusion(self) -> float:
        """Index of diffusion, 100 (1 - Gini coefficient): 0 if one pixel decides, 100 if all do alike (Gu and Dong)."""
        ordered = np.sort(self.shares, axis=None)
        count = len(ordered)
        gini = 1 + 1 / count - 2 * float(np.sum(ordered * np.arange(count, 0, -1))) / (count * float(ordered.sum()))
        return 100 * (1 - gini)


def effective_receptive_field(restorer: Restorer, image: UInt8Image, patch: Patch | None = None) -> Influence:
    """Compute |d output / d input|, summed over colours and over the patch.

    Luo, Li, Urtasun, Zemel: Understanding the Effective Receptive Field in Deep Convolutional Neural Networks, NeurIPS
    2016; there as the mean over many inputs, here for one image.

    Args:
        restorer: made by `load_model`; restores the image whole, without tiles.
        image: (H, W, 3), RGB, uint8.
        patch: output pixels; the middle one by default.

    Raises:
        UsageError: the patch is not inside the image.
        RestorationError: the network failed, or its output does not depend on its input by gradients.
        OutOfMemoryError: the gradients of a whole image do not fit into memory.
    """
    from .functions import from_pixels

    patch = _checked(image, patch, side=1)
    pixels = from_pixels(image)[None].to(restorer.device).requires_grad_()
    gradient = _gradient(restorer, pixels, lambda output: _inside(output, patch).sum())
    return _normalised(restorer, gradient.abs().sum(1)[0], patch)


def local_attribution(restorer: Restorer, image: UInt8Image, patch: Patch | None = None) -> Influence:
    """Attribute the edges in a patch of the output to input pixels, by gradients integrated along a path.

    The path leads from a blurred copy of the image to the image itself (Gu, Dong: Interpreting Super-Resolution
    Networks with Local Attribution Maps, CVPR 2021); the attributed quantity is the sum of absolute differences between
    neighbouring pixels of the patch.

    Args:
        restorer: as for `effective_receptive_field`.
        image: likewise.
        patch: output pixels; a square of 16 in the middle by default.

    Raises:
        UsageError: as above, or the patch has a single pixel, which has no edges.
        RestorationError: as above.
        OutOfMemoryError: as above.
    """
    import torch

    from .functions import from_pixels

    patch = _checked(image, patch, side=min(16, *image.shape[:2]))
    if patch.side == 1:
        raise UsageError("A patch of one pixel has no edges to attribute: choose a side of 2 or more.")
    total = torch.zeros((), device=restorer.device)
    for before, after in pairwise(_from_blurred(image.astype(np.float64) / 255)):
        pixels = from_pixels((before + after) / 2)[None].to(restorer.device).requires_grad_()
        gradient = _gradient(restorer, pixels, lambda output: _edges(_inside(output, patch)))
        total = total + gradient * from_pixels(after - before).to(restorer.device)
    return _normalised(restorer, total.sum(1)[0].abs(), patch)


def _from_blurred(image: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    from scipy.ndimage import gaussian_filter  # pyright: ignore[reportUnknownVariableType] -- scipy leaves it untyped

    for step in range(PATH):
        width = BLUR * (1 - step / PATH)
        yield np.asarray(gaussian_filter(image, (width, width, 0)), np.float64)
    yield image


def _checked(image: UInt8Image, patch: Patch | None, *, side: int) -> Patch:
    height, width, _ = image.shape
    chosen = patch or Patch.middle(height, width, side)
    chosen.check(height, width)
    return chosen


def _gradient(
    restorer: Restorer, pixels: torch.Tensor, measure: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Gradient of a measure of the output with respect to the input."""
    import torch

    with torch.inference_mode(mode=False), torch.enable_grad():
        measured = measure(restorer.differentiable(pixels))
        if not measured.requires_grad:
            raise RestorationError(
                f"{restorer.card.name} passes no gradient from its input to its output: it cannot be inspected."
            )
        reached = cast("tuple[torch.Tensor | None]", torch.autograd.grad(measured, pixels, allow_unused=True))
    gradient = reached[0]
    if gradient is None:
        raise RestorationError(
            f"The gradient of {restorer.card.name} does not reach its input: it cannot be inspected."
        )
    return gradient


def _inside(output: torch.Tensor, patch: Patch) -> torch.Tensor:
    return output[..., patch.row : patch.row + patch.side, patch.column : patch.column + patch.side]


def _edges(output: torch.Tensor) -> torch.Tensor:
    return output.diff(dim=-1).abs().sum() + output.diff(dim=-2).abs().sum()


def _normalised(restorer: Restorer, influence: torch.Tensor, patch: Patch) -> Influence:
    values = influence.detach().double().cpu().numpy()
    total = float(values.sum())
    if not np.isfinite(total) or total == 0:
        raise RestorationError(f"No input pixel has a finite influence on the patch in {restorer.card.name}.")
    return Influence(values / total, patch)
