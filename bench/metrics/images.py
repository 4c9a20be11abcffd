"""Images as arrays, whatever they come as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image
from ..errors import ImageError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["COLOUR_NDIM", "ImageLike", "as_image", "as_target", "check_shapes", "to_colour", "to_unit"]

ImageLike: TypeAlias = "NDArray[Any] | Tensor"
"""(H, W, 3) uint8 or float in [0, 1], or a tensor (3, H, W) or (1, 3, H, W) of either; (H, W) for one channel."""

COLOUR_NDIM = 3
"""Of an image (H, W, 3); one of a single channel is (H, W)."""

_CHANNELS = 3
_TOP = 255
_GRID_TOLERANCE = 1e-3
"""How far from a whole grey level a float target may be: float32 arithmetic stays far below."""


def as_image(image: ImageLike) -> NDArray[Any]:
    """An array (H, W, 3) or (H, W), uint8 or float32, without copying where it already is one.

    Raises:
        ImageError: another shape or type, or a batch of several images.
    """
    array = image if isinstance(image, np.ndarray) else _from_tensor(image)
    if array.ndim not in {2, COLOUR_NDIM} or array.shape[2:] not in {(), (_CHANNELS,)} or array.size == 0:
        raise ImageError(f"An image must be (H, W, 3), or a tensor (3, H, W); this one is {tuple(array.shape)}.")
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(f"An image must be uint8, or float in [0, 1]; this one is {array.dtype}.")
    return array.astype(np.float32, copy=False)


def as_target(image: ImageLike) -> UInt8Image:
    """The 8-bit image that a target is, even if it comes as float.

    Raises:
        ImageError: as in `as_image`, or a float image between grey levels.
    """
    array = as_image(image)
    if array.dtype == np.uint8:
        return array
    levels = array * np.float32(_TOP)
    nearest = np.rint(levels)
    off_grid = float(np.abs(levels - nearest).max())
    if not off_grid <= _GRID_TOLERANCE or nearest.min() < 0 or nearest.max() > _TOP:
        raise ImageError(
            "A float target must be an 8-bit image divided by 255, and this one has values in between or outside"
            " [0, 1]: quantise it first."
        )
    return nearest.astype(np.uint8)


def check_shapes(restored: NDArray[Any], target: NDArray[Any]) -> None:
    """Refuse images that do not cover each other.

    Raises:
        ImageError: the shapes differ.
    """
    if restored.shape != target.shape:
        raise ImageError(
            f"The restored image is {_size(restored)} and its target is {_size(target)} (height x width x channels):"
            " scores need equal sizes."
        )


def to_unit(image: NDArray[Any]) -> NDArray[np.float32]:
    """The image as float32 in [0, 1]: 8-bit images are divided by 255, float ones returned as they are."""
    return np.divide(image, np.float32(255), dtype=np.float32) if image.dtype == np.uint8 else image


def to_colour(image: NDArray[Any]) -> NDArray[Any]:
    """The image as (H, W, 3); one channel is repeated."""
    return np.repeat(image[..., np.newaxis], 3, axis=-1) if image.ndim < COLOUR_NDIM else image


def _from_tensor(tensor: Tensor) -> NDArray[Any]:
    if not hasattr(tensor, "detach"):
        raise ImageError(f"An image must be a numpy array or a torch tensor, not {type(tensor).__name__}.")
    if tensor.ndim > COLOUR_NDIM and tensor.shape[0] == 1:
        tensor = tensor[0]
    if tensor.ndim == COLOUR_NDIM:
        tensor = tensor.permute(1, 2, 0)
    tensor = tensor.detach()
    if tensor.is_floating_point():
        tensor = tensor.float()
    return tensor.cpu().numpy()


def _size(image: NDArray[Any]) -> str:
    return "x".join(str(side) for side in image.shape)
