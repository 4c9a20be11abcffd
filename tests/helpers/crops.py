"""Crops that official loaders make before a network sees an image."""

from __future__ import annotations

from torch import Tensor

__all__ = ["central_crop"]


def central_crop(image: Tensor, multiple: int = 16) -> Tensor:
    """The centre of (N, C, H, W), its sides the largest multiples that fit, as AirNet, PromptIR and AdaIR crop it."""
    height, width = image.shape[2:]
    top, left = height % multiple // 2, width % multiple // 2
    return image[..., top : top + height // multiple * multiple, left : left + width // multiple * multiple]
