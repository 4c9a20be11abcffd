"""The images that are measured: photographs of scikit-image's, so that files are as large as real ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def pair(height: int = 720, width: int = 1280, seed: int = 0) -> tuple[Image, Image]:
    """A photograph blurred and noisy, and the photograph; PNG files of some 1.5 MB at 1280x720."""
    from scipy.ndimage import gaussian_filter
    from skimage.data import astronaut

    random = np.random.default_rng(seed)
    tile = np.concatenate([astronaut(), astronaut()[:, ::-1], astronaut()], axis=1)
    tall = np.concatenate([tile, tile[::-1]])[:height, :width].astype(float)
    target = np.clip(tall + random.normal(0, 1, tall.shape), 0, 255).astype(np.uint8)
    blurred = gaussian_filter(tall, (1.5, 1.5, 0)) + random.normal(0, 2, tall.shape)
    return np.clip(blurred, 0, 255).astype(np.uint8), target
