"""A perceptual hash: 255 signs of low frequencies, nearly the same for nearly the same pictures.

Zauner's pHash with more bits: grey levels at 64x64 pixels, their discrete cosine transform, and for each of the 16x16
lowest frequencies but the mean whether it lies above the median. Its own, in twenty lines, because SciPy has the
transform and the package imagehash would bring PyWavelets along for this one function. 64 bits, the usual number, would
not do: among 10^7 pairs of photographs some would agree by chance.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...bench.contracts import UInt8Image

__all__ = ["BITS", "Hashes", "distances", "perceptual_hash"]

SIDE, LOW = 64, 16
BITS = LOW * LOW - 1
WORDS = 4

Hashes = NDArray[np.uint64]
"""(N, 4), one hash a row."""


def perceptual_hash(image: UInt8Image) -> Hashes:
    """Hash an image (H, W, 3) of any size.

    Returns:
        (4,) uint64.

    >>> flat = np.zeros((8, 8, 3), np.uint8)
    >>> int(distances(perceptual_hash(flat)[None], perceptual_hash(flat)[None])[0, 0])
    0
    """
    from scipy.fft import dctn  # pyright: ignore[reportUnknownVariableType] -- SciPy has no types

    small = Image.fromarray(image).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    low = cast("NDArray[np.float64]", dctn(np.asarray(small, np.float64)))[:LOW, :LOW].ravel()[1:]
    bits = np.concatenate([low > np.median(low), [False]])
    return np.packbits(bits).view(np.uint64)


def distances(first: Hashes, second: Hashes) -> NDArray[np.int64]:
    """Number of different bits of every pair, (N, M)."""
    differing = np.bitwise_count(first[:, None, :] ^ second[None, :, :])
    return differing.sum(axis=2, dtype=np.int64)
