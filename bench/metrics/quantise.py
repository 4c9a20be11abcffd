"""How a float image becomes the 8-bit one that is scored.

Official scripts save their output by three rules, which differ by up to one grey level; a truncating save costs
0.04 dB at 29.5 dB, and a rounded one costs nothing until about 40 dB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..contracts import QuantiserName
from ..errors import RestorationError, UsageError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["QUANTISERS", "quantise", "quantise_tensor", "refuse_nan"]

QUANTISERS: dict[QuantiserName, str] = {
    "half-even": "clamp to [0, 1], x 255, round half to even (img_as_ubyte, BasicSR's tensor2img)",
    "half-up": "clamp to [0, 1], x 255, +0.5, truncate (torchvision's save_image, to_pil_image after +0.5/255)",
    "truncate": "clamp to [0, 1], x 255, truncate (np.uint8(255*x) of PReNet and MAXIM)",
    "none": "the float output is scored as it is",
}
"""Every rule, in words."""


def quantise(image: NDArray[np.floating[Any]], rule: QuantiserName) -> NDArray[np.uint8]:
    """Clamp a float image to [0, 1] and map it to 0..255 by one rule.

    Args:
        image: any shape, any float type; the arithmetic is float32, as in the official scripts.
        rule: `half-even`, `half-up` or `truncate`.

    Returns:
        uint8, same shape.

    Raises:
        RestorationError: the image holds NaN, which has no grey level.
        UsageError: `rule` is `none`, or unknown.

    >>> quantise(np.array([-0.1, 0.5, 1.2], np.float32), "half-even")  # 127.5 is a tie
    array([  0, 128, 255], dtype=uint8)
    >>> quantise(np.array([0.5], np.float32), "truncate")
    array([127], dtype=uint8)
    """
    _refuse_unrounded(rule)
    scaled = np.clip(image, 0.0, 1.0, dtype=np.float32)
    np.multiply(scaled, np.float32(255), out=scaled)
    refuse_nan(scaled)
    if rule == "half-even":
        np.rint(scaled, out=scaled)
    elif rule == "half-up":
        np.add(scaled, np.float32(0.5), out=scaled)
    return cast("NDArray[np.uint8]", scaled.astype(np.uint8))


def quantise_tensor(image: Tensor, rule: QuantiserName) -> Tensor:
    """`quantise` where the tensor is, to the same bytes; NaN is not looked for and becomes any grey level.

    Args:
        image: any shape, any float type.
        rule: `half-even`, `half-up` or `truncate`.

    Returns:
        uint8, same shape.

    Raises:
        UsageError: `rule` is `none`, or unknown.
    """
    import torch

    _refuse_unrounded(rule)
    scaled = image.float().clamp(0.0, 1.0).mul_(255.0)
    if rule == "half-even":
        scaled.round_()
    elif rule == "half-up":
        scaled.add_(0.5)
    return scaled.to(torch.uint8)


def _refuse_unrounded(rule: QuantiserName) -> None:
    if rule not in QUANTISERS or rule == "none":
        raise UsageError(f"{rule!r} does not make an 8-bit image: use half-even, half-up or truncate.")


def refuse_nan(image: NDArray[np.float32]) -> None:
    """Stop at an image that holds NaN; infinities pass, since clamping gives them a grey level.

    Raises:
        RestorationError: the image holds NaN.
    """
    if np.isnan(image).any():
        raise RestorationError("The restored image holds NaN: the network or its weights overflowed.")
