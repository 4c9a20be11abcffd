"""Hashes of files, of dataclass contents, and of decoded pixels, which are unaffected by recompression."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image
from .codec import encode

__all__ = ["PAIR_DIGITS", "canonical_sha256", "combined_fingerprint", "file_sha256", "pixel_sha256"]

PAIR_DIGITS = 16
"""Hexadecimal digits of a pixel hash kept in records and lists."""


def canonical_sha256(value: object) -> str:
    """SHA-256 of the canonical JSON of a dataclass: keys sorted, no spaces, UTF-8."""
    canonical = json.dumps(encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of the bytes of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
