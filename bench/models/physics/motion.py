"""Motion as the velocities of a physics layer have it, and as it is known: is the velocity of a layer a motion?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DatasetError
from .maps import channel_weights
from .observe import observe

if TYPE_CHECKING:
    from ...contracts import ImagePair
    from ..inference import Restorer
    from .layers import PhysicalFields

__all__ = ["ImageMotion", "field_motion", "image_motions"]


@dataclass(frozen=True, slots=True)
class ImageMotion:
    """The motion that blurred an image, and that which a layer found in it."""

    key: str
    group: str
    extent: float
    """Known extent in pixels of the image."""

    direction: float
    """Known direction in degrees from 0 to below 180."""

    distance: float
    """How far the layer's velocity carries in its time, in pixels of the image: root mean square over the map."""

    along: float
    """Mean of u² - v² over the map, in pixels² of the image, as `distance`."""

    across: float
    """Mean of 2uv."""

    @property
    def agreement(self) -> float:
        """Cosine of twice the angle between the axis of the velocities and the known direction.

        1: parallel, -1: perpendicular. 0 by chance, as directions are random, and where the velocities have no axis.
        """
        length = float(np.hypot(self.along, self.across))
        if not length:
            return 0.0
        twice = np.deg2rad(2 * self.direction)
        return float(np.cos(twice) * self.along + np.sin(twice) * self.across) / length


def image_motions(restorer: Restorer, pairs: Iterable[ImagePair]) -> Iterator[ImageMotion]:
    """Restore the degraded images, and compare the velocities of the first physics layer with the known motion.

    Raises:
        DatasetError: the motion of an image is not known.
        UsageError, RestorationError, ImageError: see `observe`; an image cannot be read.
    """
    for pair in pairs:
        if not {"extent", "direction"} <= pair.attributes.keys():
            raise DatasetError(f"The motion in {pair.key} is not known: use a data set that knows it, as known-motion.")
        image = pair.degraded.read()
        distance, along, across = field_motion(observe(restorer, image, pair.key), image.shape[:2])
        yield ImageMotion(
            key=pair.key,
            group=pair.group,
            extent=pair.attributes["extent"],
            direction=pair.attributes["direction"],
            distance=distance,
            along=along,
            across=across,
        )


def field_motion(fields: PhysicalFields, size: tuple[int, int]) -> tuple[float, float, float]:
    """Distance, and the two components of the axis, of `ImageMotion`; channels count by what reaches the output.

    Blur does not tell a motion from its reverse, and channels may take opposite ways along one axis. So velocities are
    averaged by their squares, as complex numbers, in which opposite ones are equal and perpendicular ones cancel.

    Args:
        fields: of one image.
        size: (height, width) of the image in pixels.
    """
    height, width = size
    weights = channel_weights(fields)
    u = fields.u.astype(np.float64) * (fields.time * width / fields.u.shape[2])
    v = fields.v.astype(np.float64) * (fields.time * height / fields.v.shape[1])
    uu, vv, uv = (float(weights @ product.mean(axis=(1, 2))) for product in (u * u, v * v, u * v))
    return float(np.sqrt(uu + vv)), uu - vv, 2 * uv
