"""Padding of an image to a size that a network accepts."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from ..contracts import ModelCard, PaddingMode

__all__ = ["pad_to_requirements"]


def pad_to_requirements(images: Tensor, card: ModelCard) -> Tensor:
    """Extend (N, 3, H, W) on the right and bottom to what the card requires; if nothing is missing, the same tensor."""
    height, width = images.shape[-2:]
    size, multiple = card.size, card.size.multiple_of
    bottom = -max(height, size.minimum) % multiple + max(height, size.minimum) - height
    right = -max(width, size.minimum) % multiple + max(width, size.minimum) - width
    return images if bottom == right == 0 else _pad(images, bottom, right, size.padding)


def _pad(images: Tensor, bottom: int, right: int, mode: PaddingMode) -> Tensor:
    if mode == "zeros":
        return functional.pad(images, (0, right, 0, bottom))
    while bottom or right:
        # Reflection reaches at most one pixel less than the image; a tiny image takes several steps.
        height, width = images.shape[-2:]
        reach = (height - 1, width - 1) if mode == "reflect" else (bottom, right)
        if (bottom and not reach[0]) or (right and not reach[1]):
            mode, reach = "replicate", (bottom, right)
        now_bottom, now_right = min(bottom, reach[0]), min(right, reach[1])
        images = functional.pad(images, (0, now_right, 0, now_bottom), mode=mode)
        bottom, right = bottom - now_bottom, right - now_right
    return images
