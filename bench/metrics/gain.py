"""Scaling of a restored image to the brightness of its target, as low-light papers do.

It takes the global brightness, which a method has to guess, from the ground truth: PSNR can rise by several dB, and
rows with and without it must never stand in one table.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAINS", "GainRule", "scale_to_mean"]

GainRule = Literal["none", "target-mean"]

GAINS: dict[GainRule, str] = {
    "none": "none",
    "target-mean": "the restored image times mean(grey of target)/mean(grey of restored), clipped to [0, 1], with"
    " grey = 0.114 R + 0.587 G + 0.299 B (OpenCV's BGR2GRAY applied to RGB)",
}
"""Every rule, in words."""

_GREY = (0.114, 0.587, 0.299)


def scale_to_mean(restored: NDArray[Any], target: NDArray[np.float32]) -> NDArray[np.float32]:
    """The restored image with the mean grey of its target, clipped; a black one stays as it is.

    Args:
        restored: (H, W, 3) or (H, W) float32 in [0, 1].
        target: same shape and range.
    """
    mean = _mean_grey(restored)
    if mean == 0:
        return restored
    scaled = np.clip(restored * (_mean_grey(target) / mean), 0.0, 1.0)
    return scaled.astype(np.float32)


def _mean_grey(image: NDArray[Any]) -> float:
    means = np.atleast_1d(image.mean(axis=(0, 1), dtype=np.float64))
    return float(means @ np.array(_GREY)) if len(means) == len(_GREY) else float(means[0])
