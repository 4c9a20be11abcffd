"""What else a run keeps of the images that a model restored, besides the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .physics.layers import physics_layers
from .physics.maps import FIELDS_FOLDER, FIELDS_SUFFIX
from .physics.observe import FieldObserver
from .trajectories import PICTURE_SUFFIX, SPREAD_FOLDER, TRAJECTORY_FOLDER, SamplesByStates, TrajectoryObserver

if TYPE_CHECKING:
    from ..contracts import Observation, UInt8Image
    from .inference import Restorer

__all__ = ["OBSERVATION_KINDS", "Observer", "observer_of"]

OBSERVATION_KINDS = {
    FIELDS_FOLDER: FIELDS_SUFFIX,
    TRAJECTORY_FOLDER: PICTURE_SUFFIX,
    SPREAD_FOLDER: PICTURE_SUFFIX,
}
"""Folder of a run to the suffix of the observations in it, for every observer there is."""


class Observer(Protocol):
    """Looks at what a model does to one image."""

    def observe(self, image: UInt8Image, key: str) -> tuple[Observation, ...]:
        """Restore an image once more and return what was seen, at most one observation of each kind.

        Args:
            image: (H, W, 3), RGB, uint8.
            key: of the image; seeds a stochastic network.

        Raises:
            RestorationError: the network failed on the image, or there is nothing to see.
        """
        ...


def observer_of(restorer: Restorer) -> Observer | None:
    """The observer that goes with a model; `None` for most."""
    if physics_layers(restorer.network):
        return FieldObserver(restorer)
    if isinstance(restorer.network, SamplesByStates):
        return TrajectoryObserver(restorer, restorer.network)
    return None
