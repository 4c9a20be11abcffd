"""Photographs in scikit-image, split into test and training sets.

The split is by photograph and never changes: training with this package may use TRAIN, never TEST. The two motorcycle
pictures are a stereo pair and stay in the same set.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from ...bench.contracts import UInt8Image
from ...bench.errors import DatasetError
from ...bench.files.images import decode_image

__all__ = ["TEST", "TRAIN", "photograph"]

TEST = {
    "astronaut": "astronaut.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
}
"""Photographs of the quickstart data sets: name to file."""

TRAIN = {
    "brick": "brick.png",
    "camera": "camera.png",
    "coins": "coins.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "hubble": "hubble_deep_field.jpg",
    "ihc": "ihc.png",
    "moon": "moon.png",
    "motorcycle-left": "motorcycle_left.png",
    "motorcycle-right": "motorcycle_right.png",
    "retina": "retina.jpg",
}
"""Photographs for training: name to file."""


@cache
def photograph(name: str) -> UInt8Image:
    """Load a photograph of TEST or TRAIN, (H, W, 3), RGB, read-only.

    Raises:
        DatasetError: scikit-image is installed without its photographs.
    """
    file = (TEST | TRAIN)[name]
    try:
        content = resources.files("skimage").joinpath("data", file).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise DatasetError(
            f"scikit-image's photograph {file} is not installed: pip install --force-reinstall scikit-image."
        ) from error
    pixels = decode_image(content, f"scikit-image's {file}")
    pixels.flags.writeable = False
    return pixels
