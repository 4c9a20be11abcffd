"""Functions of tensors and of 8-bit arrays as torch modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import RestorationError

__all__ = ["ArrayFunction", "TensorFunction", "from_pixels", "to_pixels"]


class TensorFunction(nn.Module):
    """Calls a function of (N, 3, H, W) float32 RGB in [0, 1]."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        if isinstance(getattr(function, "__self__", None), nn.Module):
            self.owner: nn.Module = getattr(function, "__self__")  # noqa: B009 -- a bound method's network moves with this one
        self.function = function

    def forward(self, images: Tensor) -> Tensor:
        """Call the function; the result is whatever it returns."""
        return self.function(images)


class ArrayFunction(nn.Module):
    """Calls a function of one image (H, W, 3) uint8 RGB, an image at a time, on the CPU."""

    def __init__(self, function: Callable[[NDArray[np.uint8]], NDArray[Any]]) -> None:
        super().__init__()
        self.function = function

    def forward(self, images: Tensor) -> Tensor:
        """Restore (N, 3, H, W) in [0, 1], rounded to 8 bits, which for images from files changes nothing."""
        restored = [from_pixels(self.function(pixels)) for pixels in to_pixels(images)]
        return torch.stack(restored).to(images.device, images.dtype)


def to_pixels(images: Tensor) -> list[NDArray[np.uint8]]:
    """(N, 3, H, W) in [0, 1] as N arrays (H, W, 3) uint8, each the caller's own."""
    rounded = (images.detach().float().clamp(0, 1) * 255).round().to(torch.uint8)
    return [np.ascontiguousarray(image.permute(1, 2, 0).cpu().numpy()) for image in rounded]


def from_pixels(restored: object) -> Tensor:
    """(H, W, 3) as (3, H, W) float32; 8-bit values are divided by 255.

    Raises:
        RestorationError: it is no image, or neither 8-bit nor floating point.
    """
    if isinstance(restored, Tensor):
        restored = restored.detach().cpu().numpy()
    if not isinstance(restored, np.ndarray):
        raise RestorationError(f"The function returned a {type(restored).__name__}, not an array (H, W, 3).")
    array = cast("NDArray[Any]", restored)
    if array.ndim != 3 or array.shape[2] != 3:  # noqa: PLR2004 -- H, W and RGB
        raise RestorationError(f"The function returned an array of shape {array.shape}, not (H, W, 3).")
    planes = np.ascontiguousarray(array.transpose(2, 0, 1))
    if array.dtype == np.uint8:
        return torch.from_numpy(planes).float() / 255  # pyright: ignore[reportUnknownMemberType] -- torch's stub names no dtype
    if not np.issubdtype(array.dtype, np.floating):
        raise RestorationError(f"The function returned {array.dtype} values: return uint8, or floats in [0, 1].")
    return torch.from_numpy(planes).float()  # pyright: ignore[reportUnknownMemberType] -- as above
