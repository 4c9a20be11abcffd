"""White Gaussian noise on the coded grey levels, as papers on denoising add it; `light.py` has that of sensors."""

from __future__ import annotations

import numpy as np

from ...bench.contracts import UInt8Image

__all__ = ["gaussian_noise"]


def gaussian_noise(image: UInt8Image, rng: np.random.Generator, sigma: float) -> UInt8Image:
    """Add independent noise to each channel of each pixel, clip and round.

    Args:
        image: (H, W, 3).
        rng: source of the noise.
        sigma: standard deviation in grey levels of 255.
    """
    noisy = image + sigma * rng.standard_normal(image.shape)
    return np.rint(np.clip(noisy, 0, 255)).astype(np.uint8)
