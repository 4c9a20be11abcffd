"""Hashes of decoded pixels, unaffected by recompression and changed by any pixel."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image

__all__ = ["PAIR_DIGITS", "combined_fingerprint", "pixel_sha256"]

PAIR_DIGITS = 16
"""Hexadecimal digits of a pixel hash kept in records and lists."""


def pixel_sha256(*images: UInt8Image | NDArray[np.float32]) -> str:
    """SHA-256 over dtype, shape and values of one or more images."""
    digest = hashlib.sha256()
    for image in images:
        digest.update(f"{image.dtype.str}{image.shape}".encode())
        digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def combined_fingerprint(pairs: Iterable[tuple[str, str]]) -> str:
    """One fingerprint for many (key, pixel hash) pairs, independent of their order."""
    lines = sorted(f"{key} {pixels[:PAIR_DIGITS]}" for key, pixels in pairs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
