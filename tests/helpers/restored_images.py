"""Targets that look like photographs to a metric, and restored images that differ from them as networks' do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

__all__ = ["restored_pair", "write_pairs"]


def restored_pair(seed: int, height: int = 97, width: int = 130) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(restored, target) of some 28 dB; (H, W, 3) uint8, of odd sizes unless told otherwise."""
    random = np.random.default_rng(seed)
    # Channels share most of their structure, and none of their errors.
    shared = gaussian_filter(random.normal(0, 1, (height, width, 1)), (2, 2, 0))
    own = gaussian_filter(random.normal(0, 1, (height, width, 3)), (3, 3, 0))
    target = 120 + 400 * shared + 250 * own * np.array([1.0, 0.6, 1.4]) + random.normal(0, 3, (height, width, 3))
    errors = random.normal(0, 1 + 12 * random.random(3), (height, width, 3)) + 4 * random.normal(0, 1, 3)
    blurred = gaussian_filter(target, (1.0, 1.0, 0)) + gaussian_filter(errors, (0.7, 0.7, 0))
    return _levels(blurred), _levels(target)


def write_pairs(folder: Path, count: int, height: int = 97, width: int = 130) -> tuple[Path, Path]:
    """A data set `paired` under folder/data, and its restored images under folder/restored."""
    for role in ("data/input", "data/target", "restored"):
        (folder / role).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        restored, target = restored_pair(number, height, width)
        Image.fromarray(restored).save(folder / "restored" / f"{number:03d}.png")
        Image.fromarray(_levels(target * 0.9)).save(folder / "data/input" / f"{number:03d}.png")
        Image.fromarray(target).save(folder / "data/target" / f"{number:03d}.png")
    return folder / "data", folder / "restored"


def _levels(image: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
